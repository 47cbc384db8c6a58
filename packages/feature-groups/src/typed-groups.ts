/** The types that follow from a group's definition: keys, inputs and features. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { GroupDefinition } from "./define-group.ts";
import type { KeyType } from "./key-types.ts";

/** A value of a key field. `1` and `"1"` name the same entity, as do `true` and `"true"`. */
export type KeyValue = string | number | bigint | boolean;

/** A value of an event-time field. The group's unit says which of these types fit. */
export type EventTimeValue = string | number | bigint | Date;

/** The definitions of a configuration by name; the default is that of a configuration loaded at run time. */
export type GroupDefinitions = Readonly<Record<string, GroupDefinition>>;

export type GroupName<Groups extends GroupDefinitions> = keyof Groups & string;

type KeyField<Definition extends GroupDefinition> = Definition["key"][number];

type TimeField<Definition extends GroupDefinition> = Extract<
  Definition["eventTime"],
  { readonly field: string }
>["field"];

/** True where the definition is only known at run time. */
type IsErased<Definition extends GroupDefinition> = string extends KeyField<Definition> ? true : false;

/** The key fields of a group. */
export type EntityKey<Definition extends GroupDefinition = GroupDefinition> =
  IsErased<Definition> extends true
    ? Readonly<Record<string, KeyValue | EventTimeValue>>
    : {
        readonly [Field in KeyField<Definition>]: Field extends TimeField<Definition>
          ? EventTimeValue
          : DeclaredKeyValue<Definition, Field>;
      };

interface KeyValues {
  readonly integer: number | bigint | `${bigint}`;
  readonly text: string;
  readonly boolean: boolean | `${boolean}`;
}

/** By the field's declared type, where it has one. */
type DeclaredKeyValue<Definition extends GroupDefinition, Field extends string> = Definition extends {
  readonly keyTypes: infer Types extends Readonly<Record<string, KeyType>>;
}
  ? Field extends keyof Types
    ? KeyValues[Types[Field]]
    : KeyValue
  : KeyValue;

type SequenceInput<Definition> = Definition extends { readonly sequence: infer Field extends string }
  ? { readonly [Name in Field]: number | bigint | string }
  : unknown;

type SubjectInput<Definition> = Definition extends { readonly subject: infer Field extends string }
  ? { readonly [Name in Field]: number | bigint | string }
  : unknown;

type TimeInput<Definition extends GroupDefinition> = {
  readonly [Field in TimeField<Definition>]: EventTimeValue;
};

/** The input of a put: the key fields, the event time, and the fields that the schema takes. */
export type RecordInput<Definition extends GroupDefinition = GroupDefinition> =
  IsErased<Definition> extends true
    ? unknown
    : EntityKey<Definition> &
        TimeInput<Definition> &
        SequenceInput<Definition> &
        SubjectInput<Definition> &
        StandardSchemaV1.InferInput<Definition["schema"]>;

/** The input of a delete: the key fields and, where the source has them, event time and sequence. */
export type DeleteInput<Definition extends GroupDefinition = GroupDefinition> =
  IsErased<Definition> extends true
    ? unknown
    : EntityKey<Definition> & Partial<TimeInput<Definition>> & Partial<SequenceInput<Definition>>;

/**
 * Features as they are read back: a bigint that a double holds exactly comes back as a number, and everything is
 * read-only.
 */
export type StoredFeatures<Value> = Value extends bigint
  ? number | bigint
  : Value extends string | number | boolean | null | undefined | Date | Uint8Array
    ? Value
    : Value extends readonly unknown[]
      ? { readonly [Index in keyof Value]: StoredFeatures<Value[Index]> }
      : Value extends object
        ? { readonly [Name in keyof Value]: StoredFeatures<Value[Name]> }
        : Value;

/** The features of a group, typed by its schema. */
export type FeaturesOf<Definition extends GroupDefinition = GroupDefinition> =
  IsErased<Definition> extends true
    ? Readonly<Record<string, unknown>>
    : StoredFeatures<StandardSchemaV1.InferOutput<Definition["schema"]>>;
