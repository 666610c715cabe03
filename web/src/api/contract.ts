// Reads the types of a call out of the functions' generated ones.

type Json<Content> = Content extends { content: { "application/json": infer Value } } ? Value : never;

/** What an operation takes as JSON. */
export type Body<Operation extends { requestBody?: unknown }> = Json<NonNullable<Operation["requestBody"]>>;

/** What an operation answers as JSON with `Status`. Without such an answer it is a type error. */
export type Answer<
  Operation extends { responses: Record<Status, { content: { "application/json": unknown } }> },
  Status extends number,
> = Json<Operation["responses"][Status]>;
