// API tokens: what programs show instead of a password.
import { useState, type FormEvent } from "react";
import { useCreateToken, useRevokeToken, useTokens, type Role } from "@/api/session";
import { RoleField } from "@/features/access/roles";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { date } from "@/ui/format";
import { Page } from "@/ui/page";
import { Failure, Nothing, Panel } from "@/ui/panel";
import { Secret } from "@/ui/secret";
import { Table } from "@/ui/table";

function NewToken() {
  const create = useCreateToken();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    create.mutate({ name: String(form.get("name")), role: form.get("role") as Role });
  };
  if (create.data) {
    return (
      <div className="flex flex-col gap-3 p-4">
        <p>This is the token. It is shown this once: copy it now.</p>
        <Secret name="API token" text={create.data.token} />
        <p className="text-muted">
          Programs send it as <code>Authorization: Bearer …</code>
        </p>
      </div>
    );
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-3 p-4">
      <TextField label="What it is for" name="name" placeholder="nightly export" maxLength={100} required />
      <RoleField />
      {create.error && <Failure error={create.error} />}
      <Button type="submit" look="main" disabled={create.isPending}>
        Make the token
      </Button>
    </form>
  );
}

export function TokensPage() {
  const tokens = useTokens();
  const revoke = useRevokeToken();
  const [making, setMaking] = useState(false);
  const make = (
    <Button look="main" onClick={() => setMaking(true)}>
      Make a token
    </Button>
  );
  return (
    <Page title="API tokens" lead="A token lets a program do what a role may do. Revoke what is not used." actions={make}>
      {revoke.error && <Failure error={revoke.error} />}
      <Panel title="Tokens" query={tokens} empty={({ tokens }) => tokens.length === 0 && <Nothing action={make}>There is no token yet. The one of the data folder is not listed here.</Nothing> || null}>
        {({ tokens }) => (
          <Table
            caption="API tokens"
            rows={tokens}
            id={({ id }) => id}
            columns={[
              { head: "For", cell: ({ name }) => name },
              { head: "Role", cell: ({ role }) => <Badge>{role}</Badge> },
              { head: "Made by", cell: ({ by }) => by },
              { head: "On", cell: ({ created_at }) => date(created_at) },
              {
                head: "",
                cell: ({ id, name }) => (
                  <Button look="bad" onClick={() => revoke.mutate(id)} aria-label={`Revoke ${name}`}>Revoke</Button>
                ),
              },
            ]}
          />
        )}
      </Panel>
      <Dialog open={making} onClose={() => setMaking(false)} title="Make a token">
        <NewToken />
      </Dialog>
    </Page>
  );
}
