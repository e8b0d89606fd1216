/** A text that people see, with what stands before the `@` of its URLs blotted out. */
export const withoutCredentials = (text: string): string => text.replaceAll(/(:\/\/)[^/@\s"']+@/g, '$1***@');
