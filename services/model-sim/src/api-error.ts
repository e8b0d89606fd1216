/** Error types of the Messages API with the status each is sent with. */
export const ERROR_STATUS = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
} as const;
export type ApiErrorType = keyof typeof ERROR_STATUS;

/** An answer in the API's error shape. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly type: ApiErrorType;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** `details.error_code` of the body. */
  readonly errorCode: string | undefined;

  constructor(
    type: ApiErrorType,
    message: string,
    options: ErrorOptions & { status?: number; headers?: Record<string, string>; errorCode?: string | undefined } = {},
  ) {
    super(message, options);
    this.type = type;
    this.status = options.status ?? ERROR_STATUS[type];
    this.headers = options.headers ?? {};
    this.errorCode = options.errorCode;
  }

  toBody(requestId: string): object {
    const details = this.errorCode === undefined ? {} : { details: { error_code: this.errorCode } };
    return { type: 'error', error: { type: this.type, message: this.message, ...details }, request_id: requestId };
  }
}
