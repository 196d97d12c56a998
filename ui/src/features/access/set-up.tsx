// First run: the token of the data folder proves who may make the first admin.
import { useRouter } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { useSetUp } from "@/api/session";
import { Gate } from "@/features/access/gate";
import { Button } from "@/ui/button";
import { TextField } from "@/ui/field";
import { Failure } from "@/ui/panel";

/** A link may bring the token behind `#`, where no server and no log sees it; it is taken out at once. */
function tokenOfLink(): string {
  const token = new URLSearchParams(window.location.hash.slice(1)).get("token") ?? "";
  if (token) window.history.replaceState(window.history.state, "", window.location.pathname);
  return token;
}

export function SetUpPage() {
  const [token, setToken] = useState(tokenOfLink);
  const router = useRouter();
  const setUp = useSetUp();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const body = { token, name: String(form.get("name")), password: String(form.get("password")) };
    setUp.mutate(body, { onSuccess: () => router.history.push("/") });
  };
  return (
    <Gate title="Set up this server" lead="There is no user yet. Make the first one; it will be an admin.">
      <form onSubmit={submit} className="flex flex-col gap-3">
        <TextField
          label="Token of the server"
          hint="It stands in the file “token” of the data folder."
          value={token}
          onChange={(event) => setToken(event.target.value)}
          autoComplete="off"
          required
        />
        <TextField label="Name" name="name" autoComplete="username" autoCapitalize="none" pattern="[a-z0-9._@\-]+" title="Lower-case letters, digits and . _ - @" required />
        <TextField label="Password" name="password" type="password" autoComplete="new-password" minLength={10} hint="At least 10 characters; a few words are easy to remember." required />
        {setUp.error && <Failure error={setUp.error} />}
        <Button type="submit" look="main" disabled={setUp.isPending}>
          {setUp.isPending ? "Setting up …" : "Make the first admin"}
        </Button>
      </form>
    </Gate>
  );
}
