// Things and what links them.
export interface Net {
  nodes: { id: string; name: string; kind: string; /** Drawn stronger. */ own: boolean }[];
  links: { from: string; to: string; holds: boolean; /** What it says when it is looked at. */ why: string }[];
}
