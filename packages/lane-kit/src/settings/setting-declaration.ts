/** The form of a setting's declaration. */
import { z } from "zod";

export type Program = "load" | "stream" | "worker" | "api" | "command";

export interface SettingDeclaration<Schema extends z.ZodType = z.ZodType> {
  /** It takes the variable's text, or undefined where the variable is empty or not set. */
  readonly schema: Schema;
  /** One sentence for people. */
  readonly text: string;
  readonly readBy: "every program" | readonly Program[];
  /** Why all processes of a table must have the same value; absent where they need not. */
  readonly agreement?: string;
  /** The value is never shown, and may stand in a file that `<variable>_FILE` names instead. */
  readonly isSecret?: true;
}

/** A text that may be absent. */
export const optionalText: z.ZodOptional<z.ZodString> = z.string().optional();
