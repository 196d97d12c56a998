// A mapping for the columns of a file: chosen in a form, seen as YAML, planned and applied.
import { useState } from "react";
import { useStatus } from "@/api/server";
import type { Format } from "@/features/imports/file";
import { mappingFile, nameOf } from "@/features/imports/mapping";
import { Editor } from "@/ui/editor";
import { SelectField, TextField } from "@/ui/field";

interface Props {
  file: string;
  format: Format;
  columns: string[];
  onDone: (mapping: string) => void;
}

export function NewMapping({ file, format, columns, onDone }: Props) {
  const now = useStatus().data?.now ?? "2026-01-01T00:00:00Z";
  const [user, setUser] = useState(columns[0] ?? "");
  const [time, setTime] = useState("");
  const [event, setEvent] = useState("Row Imported");
  const name = nameOf(file);
  const properties = columns.filter((column) => column !== user && column !== time);
  const made = mappingFile({ name, format, user, event, time: time || undefined, at: now, properties });
  const choices = columns.map((column) => <option key={column}>{column}</option>);
  return (
    <div className="flex flex-col gap-4">
      <div className="grid gap-3 sm:grid-cols-3">
        <SelectField label="Column with the user id" value={user} onChange={(event) => setUser(event.target.value)}>
          {choices}
        </SelectField>
        <SelectField label="Column with the time" hint="Times like 2026-03-01T09:00:00Z" value={time} onChange={(event) => setTime(event.target.value)}>
          <option value="">none: now</option>
          {choices}
        </SelectField>
        <TextField label="Name of the event" value={event} onChange={(event) => setEvent(event.target.value)} required />
      </div>
      <Editor key={made.text} file={made.name} text={made.text} onDone={() => onDone(name)} />
    </div>
  );
}
