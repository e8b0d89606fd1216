/** What about a task decides how a team works on it. */
export type Feature =
  | 'knownSteps'
  | 'unknownSteps'
  | 'independentParts'
  | 'longHorizon'
  | 'exploratory'
  | 'debate'
  | 'specialists'
  | 'complementarySkills'
  | 'sharedFindings'
  | 'iteration'
  | 'verification'
  | 'humanSignOff';

/** How much a task has of something, from 0 to 1, and the words that say so. */
export interface Found {
  score: number;
  evidence: string[];
}

export type Features = Record<Feature, Found>;

/** What people answer when they are asked outright; it counts for more than any word. */
export interface Answers {
  structure?: 'known' | 'unknown';
  independent?: boolean;
  horizon?: 'long' | 'short';
  exploratory?: boolean;
  debate?: boolean;
  escalation?: boolean;
  skills?: boolean;
  findings?: boolean;
  repeat?: boolean;
  verify?: boolean;
  human?: boolean;
}

/** Words and phrases that speak for a feature; one is a hint (0.5), two different ones make it sure (1). */
const WORDS: Record<Feature, RegExp> = {
  knownSteps:
    /\b(?:and )?then\b|\bafter that\b|\bafterwards\b|\bfinally\b|\bfollowed by\b|\bfirst\b|\bsteps?\b|\bpipeline\b|\bstages?\b|\bextract\b|\btransform\b|→|->/gi,
  unknownSteps:
    /\bfigure out\b|\bbreak (?:it|this|them) down\b|\bdecide what\b|\bwhatever\b|\bdepend(?:s|ing) on\b|\bas needed\b|\bdelegat\w+|\bunclear\b|\bsub-?tasks?\b|\bworkers?\b/gi,
  independentParts:
    /\beach\b|\bevery\b|\bin parallel\b|\bindependent(?:ly)?\b|\bat the same time\b|\bside by side\b|\bsimultaneously\b|\bcompar\w+|\bper (?:region|country|customer|file|document|product|team)\b|\bbatch\b|\ball (?:the |our |of )?\w+s\b|\b\d{1,4} (?:\w+ ){0,2}\w+s\b/gi,
  longHorizon:
    /\bstrateg\w+|\broadmap\b|\bquarter\w*\b|\blong[- ]term\b|\bprogram(?:me)?\b|\bcampaign\b|\blaunch\b|\bmigrat\w+|\bcoordinat\w+|\bmanage\b|\bproject\b|\bdepartments?\b|\bcompany-wide\b|\bend[- ]to[- ]end\b|\bplan (?:a|an|the|our|and)\b/gi,
  exploratory:
    /\bexplor\w+|\binvestigat\w+|\bdiscover\w*|\bfind out\b|\bopen[- ]ended\b|\bunknown\b|\blook into\b|\bexperiment\w*|\bprototyp\w+|\bbrows\w+|\bsearch the web\b|\bnobody knows\b|\bno clear\b|\bdead ends?\b/gi,
  debate:
    /\bdebat\w+|\bdiscuss\w*|\bbrainstorm\w*|\bcreative\b|\bideas?\b|\bstor(?:y|ies)\b|\bargu\w+|\bperspectives?\b|\bpros and cons\b|\bconsensus\b|\bcritiqu\w+|\bworkshop\b|\bslogans?\b|\bpoems?\b|\bagree on\b|\bopinions?\b|\bnegotiat\w+/gi,
  specialists:
    /\bsupport\b|\btickets?\b|\bcustomers?\b|\btriag\w+|\brout(?:e|ed|ing)\b|\bescalat\w+|\bhelp ?desk\b|\bbilling\b|\bcomplaints?\b|\binquir\w+|\brefunds?\b|\bhand(?:ed)? (?:it )?(?:over|off)\b/gi,
  complementarySkills:
    /\bincidents?\b|\boutages?\b|\bemergenc\w+|\bcross[- ]functional\b|\btask force\b|\bskills?\b|\bwhoever\b|\bvolunteer\w*|\bexperts? from\b|\bswarm\b|\bdifferent expertise\b/gi,
  sharedFindings:
    /\bhypothes\w+|\bevidence\b|\bclues?\b|\bdiagnos\w+|\broot causes?\b|\bshared (?:notes|knowledge|board)\b|\bpuzzle\b|\bintelligence\b|\bsensors?\b|\banomal\w+|\bpartial (?:solutions|results)\b|\bpiece together\b|\bwhy (?:is|are|does|do|did) (?:our|my)\b/gi,
  iteration:
    /\buntil\b|\bretry\b|\bretries\b|\brepeat\w*|\biterat\w+|\bloops?\b|\btests? (?:pass|are green|succeed)\b|\bfeature by feature\b|\bbugs?\b|\bimplement\w*|\bfailing\b|\brefactor\w*/gi,
  verification:
    /\bverif\w+|\bcheck(?:s|ed|ing)?\b|\bvalidat\w+|\btest(?:s|ed|er|ing)?\b|\breview(?:s|ed|er)?\b|\baccura\w+|\bcorrect\b|\bmust (?:pass|match|conform)\b|\bschema\b|\bcitations?\b|\bproofread\b|\bfact-check\w*/gi,
  humanSignOff:
    /\bapprov\w+|\bsign(?:s|ed)?[- ]?off\b|\bhumans?\b|\bpermission\b|\bbefore (?:it is |they are |we )?(?:send|sent|sending|publish\w*|pay\w*|paid|deploy\w*)\b|\bcompliance\b|\blegal (?:has to|must)\b|\b(?:manager|boss|editor-in-chief) (?:confirms?|agrees?|decides?)\b/gi,
};

const FEATURES = Object.keys(WORDS) as Feature[];

/** Scores a description by its words, then sets what was answered outright. Pure, and no model: the same text gives the same scores. */
export function featuresOf(description: string, answers: Answers = {}): Features {
  const features = {} as Features;
  for (const feature of FEATURES) {
    const evidence = [...new Set([...description.matchAll(WORDS[feature])].map(([word]) => word.toLowerCase()))];
    features[feature] = { score: Math.min(1, evidence.length / 2), evidence };
  }
  const set = (feature: Feature, answer: boolean | undefined, flag: string): void => {
    if (answer !== undefined) features[feature] = { score: answer ? ANSWERED : 0, evidence: [flag] };
  };
  const { structure, horizon } = answers;
  set('knownSteps', structure === undefined ? undefined : structure === 'known', `structure ${structure}`);
  set('unknownSteps', structure === undefined ? undefined : structure === 'unknown', `structure ${structure}`);
  set('longHorizon', horizon === undefined ? undefined : horizon === 'long', `horizon ${horizon}`);
  for (const [answer, feature] of BY_ANSWER)
    set(feature, answers[answer], `${answer} ${answers[answer] ? 'yes' : 'no'}`);
  return features;
}

/** An answer outweighs words that speak for something else. */
const ANSWERED = 1.5;

const BY_ANSWER = [
  ['independent', 'independentParts'],
  ['exploratory', 'exploratory'],
  ['debate', 'debate'],
  ['escalation', 'specialists'],
  ['skills', 'complementarySkills'],
  ['findings', 'sharedFindings'],
  ['repeat', 'iteration'],
  ['verify', 'verification'],
  ['human', 'humanSignOff'],
] as const satisfies readonly (readonly [keyof Answers, Feature])[];
