// The navigation: only what works and what the role shows.
import { Link } from "@tanstack/react-router";
import { useSession } from "@/api/session";
import { visible } from "@/shell/nav";

export function Side({ onGo }: { onGo?: () => void }) {
  const rights = useSession().data?.rights ?? [];
  return (
    <nav aria-label="Pages" className="flex flex-col gap-5 p-4">
      <p className="flex items-center gap-2 px-2 text-lg font-semibold">
        <img src="/favicon.svg" alt="" className="size-6" />
        Gyre
      </p>
      {visible(rights).map(({ group, places }) => (
        <div key={group}>
          <p className="px-2 pb-1 text-xs font-medium text-muted">{group}</p>
          <ul className="flex flex-col gap-0.5">
            {places.map(({ to, name }) => (
              <li key={to}>
                <Link
                  to={to}
                  onClick={onGo}
                  activeOptions={{ exact: to === "/", includeSearch: false }}
                  className="block rounded-md px-2 py-1.5 hover:bg-sunken hover:no-underline aria-[current=page]:bg-accent-soft aria-[current=page]:font-medium aria-[current=page]:text-accent"
                >
                  {name}
                </Link>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}
