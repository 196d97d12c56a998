// Finding people.
import { getRouteApi, Link } from "@tanstack/react-router";
import { usePeople } from "@/api/people";
import { TextField } from "@/ui/field";
import { Button } from "@/ui/button";
import { count, date, dateTime } from "@/ui/format";
import { Page } from "@/ui/page";
import { Nothing, Panel } from "@/ui/panel";
import { Table } from "@/ui/table";

const route = getRouteApi("/app/people");

export function PeoplePage() {
  const { q = "" } = route.useSearch();
  const navigate = route.useNavigate();
  const people = usePeople(q);
  const look = (form: FormData) => {
    const q = String(form.get("q")).trim() || undefined;
    void navigate({ search: (before) => ({ ...before, q }) });
  };
  const none = q ? (
    <Nothing action={<Button onClick={() => void navigate({ search: (before) => ({ ...before, q: undefined }) })}>Show everybody</Button>}>
      Nobody has “{q}” in an id or a trait.
    </Nothing>
  ) : (
    <Nothing>Nobody is known yet. People come with the first event.</Nothing>
  );
  return (
    <Page title="People" lead="By a part of a user id, an anonymous id, a name or an e-mail address.">
      <search>
        <form action={look} className="flex items-end gap-2">
          <TextField key={q} label="Find people" name="q" type="search" defaultValue={q} className="w-72 max-w-full" />
          <Button type="submit" look="main">
            Find
          </Button>
        </form>
      </search>
      <Panel
        title={q ? `People with “${q}”` : "Seen last"}
        query={people}
        height="h-96"
        empty={({ people }) => (people.length === 0 ? none : null)}
      >
        {({ people }) => (
          <Table
            caption="People"
            rows={people}
            id={({ id }) => id}
            columns={[
              { head: "Id", cell: ({ id }) => <Link className="font-medium text-accent underline" to="/people/$id" params={{ id }}>{id}</Link> },
              { head: "Events", number: true, cell: ({ events }) => count(events) },
              { head: "First seen", cell: ({ first_seen }) => date(first_seen) },
              { head: "Last seen", cell: ({ last_seen }) => dateTime(last_seen) },
            ]}
            foot="At most fifty, whoever was seen last first. “Events” counts those that match."
          />
        )}
      </Panel>
    </Page>
  );
}
