// Reads the types of a call out of the functions' generated ones.

/** What an operation takes as JSON. */
export type Body<Operation> = Operation extends { requestBody?: infer Asked }
  ? NonNullable<Asked> extends { content: { "application/json": infer Json } }
    ? Json
    : never
  : never;

/** What an operation answers as JSON with `Status`. An operation without such an answer is a type error. */
export type Answer<
  Operation extends { responses: Record<Status, { content: { "application/json": unknown } }> },
  Status extends number,
> = Operation["responses"][Status]["content"]["application/json"];
