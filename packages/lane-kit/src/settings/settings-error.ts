/**
 * A setting is missing, wrong or unknown. The message names the variable and
 * the remedy, and no value that may be secret.
 */
export class SettingsError extends Error {
  readonly variable: string;

  constructor(variable: string, message: string, options: ErrorOptions = {}) {
    super(`${variable}: ${message}`, options);
    this.name = "SettingsError";
    this.variable = variable;
  }
}
