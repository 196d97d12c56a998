// Users and their roles.
import { useState, type FormEvent } from "react";
import { useChangeUser, useCreateUser, useRemoveUser, useSession, useUsers, type Role } from "@/api/session";
import { ROLES, RoleField } from "@/features/access/roles";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { SelectField, TextField } from "@/ui/field";
import { date } from "@/ui/format";
import { Page } from "@/ui/page";
import { Failure, Panel } from "@/ui/panel";
import { Table } from "@/ui/table";

function NewUser({ onDone }: { onDone: () => void }) {
  const create = useCreateUser();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const body = { name: String(form.get("name")), password: String(form.get("password")), role: form.get("role") as Role };
    create.mutate(body, { onSuccess: onDone });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-3 p-4">
      <TextField label="Name" name="name" autoCapitalize="none" autoComplete="off" pattern="[a-z0-9._@\-]+" title="Lower-case letters, digits and . _ - @" required />
      <TextField label="Password" name="password" type="password" autoComplete="new-password" minLength={10} hint="At least 10 characters. Hand it over in person; they cannot see it here." required />
      <RoleField />
      {create.error && <Failure error={create.error} />}
      <Button type="submit" look="main" disabled={create.isPending}>
        Add the user
      </Button>
    </form>
  );
}

export function UsersPage() {
  const users = useUsers();
  const change = useChangeUser();
  const remove = useRemoveUser();
  const me = useSession().data?.user;
  const [adding, setAdding] = useState(false);
  const failed = change.error ?? remove.error;
  return (
    <Page
      title="Users"
      lead="Who may sign in, and what each role shows them."
      actions={<Button look="main" onClick={() => setAdding(true)}>Add a user</Button>}
    >
      {failed && <Failure error={failed} />}
      <Panel title="Users" query={users}>
        {({ users }) => (
          <Table
            caption="Users"
            rows={users}
            id={({ name }) => name}
            columns={[
              { head: "Name", cell: ({ name }) => <>{name}{name === me && <span className="text-muted"> (you)</span>}</> },
              {
                head: "Role",
                cell: ({ name, role }) => (
                  <SelectField label={`Role of ${name}`} hidden value={role} onChange={(event) => change.mutate({ name, role: event.target.value as Role })}>
                    {Object.keys(ROLES).map((one) => <option key={one}>{one}</option>)}
                  </SelectField>
                ),
              },
              { head: "Since", cell: ({ created_at }) => date(created_at) },
              {
                head: "",
                cell: ({ name }) => name !== me && (
                  <Button look="bad" onClick={() => remove.mutate(name)} aria-label={`Remove ${name}`}>Remove</Button>
                ),
              },
            ]}
          />
        )}
      </Panel>
      <Dialog open={adding} onClose={() => setAdding(false)} title="Add a user">
        <NewUser onDone={() => setAdding(false)} />
      </Dialog>
    </Page>
  );
}
