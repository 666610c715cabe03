// Small JSON, made anew for every request.
export default {
  fetch: () => Response.json({ hello: "world", n: 42 }),
};
