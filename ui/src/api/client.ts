// The one client. Paths, parameters and answers are those of docs/reference/openapi.json.
import createClient from "openapi-fetch";
import type { components, paths } from "@/gen/api";

export type Schema = components["schemas"];
export type Problem = Schema["Problem"];

/** The workspace stands in the address, so that a link shows others the same. */
export function workspace(): string {
  return new URLSearchParams(window.location.search).get("ws") ?? "main";
}

export const client = createClient<paths>({ baseUrl: "/", credentials: "same-origin" });

client.use({
  onRequest({ request }) {
    request.headers.set("X-Gyre-Workspace", workspace());
    return request;
  },
});

/** What the server says when something cannot be done. */
export class ApiError extends Error {
  readonly status: number;
  readonly problem: Partial<Problem>;

  constructor(status: number, problem: Partial<Problem>) {
    super(problem.detail ?? `the server answered ${status}`);
    this.status = status;
    this.problem = problem;
  }
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The body of an answer, or the problem thrown. */
export async function take<T>(asked: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await asked;
  if (response.ok && data !== undefined) return data;
  const problem = typeof error === "object" && error !== null ? (error as Partial<Problem>) : {};
  throw new ApiError(response.status, problem);
}
