// Signing in.
import { getRouteApi, useRouter } from "@tanstack/react-router";
import type { FormEvent } from "react";
import { useSignIn } from "@/api/session";
import { Gate } from "@/features/access/gate";
import { Button } from "@/ui/button";
import { TextField } from "@/ui/field";
import { Failure } from "@/ui/panel";

const route = getRouteApi("/sign-in");

export function SignInPage() {
  const { to } = route.useSearch();
  const router = useRouter();
  const signIn = useSignIn();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const body = { name: String(form.get("name")), password: String(form.get("password")) };
    // Only back into this site.
    const back = to?.startsWith("/") && !to.startsWith("//") ? to : "/";
    signIn.mutate(body, { onSuccess: () => router.history.push(back) });
  };
  return (
    <Gate title="Sign in" lead="With the name and password that an admin of this server gave you.">
      <form onSubmit={submit} className="flex flex-col gap-3">
        <TextField label="Name" name="name" autoComplete="username" autoCapitalize="none" required />
        <TextField label="Password" name="password" type="password" autoComplete="current-password" required />
        {signIn.error && <Failure error={signIn.error} />}
        <Button type="submit" look="main" disabled={signIn.isPending}>
          {signIn.isPending ? "Signing in …" : "Sign in"}
        </Button>
      </form>
    </Gate>
  );
}
