// A resource as it runs, to be read and changed.
import { useResource } from "@/api/resources";
import { useMay } from "@/api/session";
import { Editor } from "@/ui/editor";
import { Loaded } from "@/ui/panel";
import { asFile } from "@/ui/yaml";

export function ResourceEditor({ kind, name }: { kind: string; name: string }) {
  const history = useResource(kind, name);
  const may = useMay("write");
  return (
    <Loaded query={history}>
      {({ versions }) => {
        const last = versions.at(-1);
        if (!last) return null;
        const { name: file, text } = asFile(last);
        return <Editor key={`${kind} ${name}`} file={file} text={text} readOnly={!may} />;
      }}
    </Loaded>
  );
}
