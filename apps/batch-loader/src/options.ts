/** The options of a load, for its own program and for the `trilane` command. */
import type { OptionDeclarations } from "@trilane/lane-kit/options";

export const loadOptions = {
  group: { value: "<name>", short: "g", text: "the feature group that the rows are records of" },
  include: {
    value: "<pattern>",
    isRepeatable: true,
    text: "of the objects under a prefix those that fit; * is within a segment, ** is all; may be given several times",
  },
  exclude: { value: "<pattern>", isRepeatable: true, text: "those that do not fit; may be given several times" },
  "dead-max": { value: "<n>", text: "so many rows may be refused, or such a share (0.5%); default: all but one" },
  "skip-unchanged": { text: "leave out objects whose content was loaded last from their address" },
  manifest: { text: "the source is a manifest, whatever its name" },
  "load-id": { value: "<id>", text: "instead of the id that follows from the group and the objects" },
} as const satisfies OptionDeclarations;

/** The exit codes on which a scheduler can act, where a load means more by them than every program does. */
export const loadExitMeanings = {
  ok: "loaded, or done before",
  failure: "failed: an object cannot be read, the source is wrong",
  refused: "rows were refused, and none was good, or more were than --dead-max; the good ones are loaded",
  tryAgain: "interrupted, or a server gave no answer: run it again, it resumes",
} as const;
