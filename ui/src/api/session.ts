// Who is signed in, users and API tokens.
import { useMutation, useQuery, useQueryClient, type UseQueryResult } from "@tanstack/react-query";
import { client, take, type Schema } from "@/api/client";

export type Session = Schema["SessionView"];
export type Role = Schema["Role"];
export type Right = Schema["Right"];

export const sessionQuery = {
  queryKey: ["session"],
  queryFn: ({ signal }: { signal?: AbortSignal }) => take(client.GET("/v1/session", { signal })),
  staleTime: 60_000,
};

export const useSession = (): UseQueryResult<Session> => useQuery(sessionQuery);

/** Whether whoever is signed in may do something. */
export function useMay(right: Right): boolean {
  return useSession().data?.rights.includes(right) ?? false;
}

function useSignedIn() {
  const queries = useQueryClient();
  return (session: Session) => {
    queries.clear();
    queries.setQueryData(sessionQuery.queryKey, session);
  };
}

export function useSignIn() {
  const onSuccess = useSignedIn();
  const mutationFn = (body: Schema["SignIn"]) => take(client.POST("/v1/session", { body }));
  return useMutation({ mutationFn, onSuccess });
}

export function useSetUp() {
  const onSuccess = useSignedIn();
  const mutationFn = (body: Schema["Setup"]) => take(client.POST("/v1/setup", { body }));
  return useMutation({ mutationFn, onSuccess });
}

export function useSignOut() {
  const onSuccess = useSignedIn();
  return useMutation({ mutationFn: () => take(client.DELETE("/v1/session")), onSuccess });
}

export const useUsers = () =>
  useQuery({ queryKey: ["users"], queryFn: ({ signal }) => take(client.GET("/v1/users", { signal })) });

function useRefresh(name: string) {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: [name] });
}

export function useCreateUser() {
  const onSuccess = useRefresh("users");
  const mutationFn = (body: Schema["NewUser"]) => take(client.POST("/v1/users", { body }));
  return useMutation({ mutationFn, onSuccess });
}

export function useChangeUser() {
  const onSuccess = useRefresh("users");
  const mutationFn = ({ name, ...body }: { name: string } & Schema["UserChange"]) =>
    take(client.POST("/v1/users/{name}", { params: { path: { name } }, body }));
  return useMutation({ mutationFn, onSuccess });
}

export function useRemoveUser() {
  const onSuccess = useRefresh("users");
  const mutationFn = (name: string) => take(client.DELETE("/v1/users/{name}", { params: { path: { name } } }));
  return useMutation({ mutationFn, onSuccess });
}

export const useTokens = () =>
  useQuery({ queryKey: ["tokens"], queryFn: ({ signal }) => take(client.GET("/v1/tokens", { signal })) });

export function useCreateToken() {
  const onSuccess = useRefresh("tokens");
  const mutationFn = (body: Schema["NewToken"]) => take(client.POST("/v1/tokens", { body }));
  return useMutation({ mutationFn, onSuccess });
}

export function useRevokeToken() {
  const onSuccess = useRefresh("tokens");
  const mutationFn = (id: string) => take(client.DELETE("/v1/tokens/{id}", { params: { path: { id } } }));
  return useMutation({ mutationFn, onSuccess });
}
