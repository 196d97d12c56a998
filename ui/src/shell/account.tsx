// Who is signed in, and signing out.
import { Menu } from "@base-ui/react/menu";
import { useNavigate } from "@tanstack/react-router";
import { useSession, useSignOut } from "@/api/session";
import { buttonClass } from "@/ui/button";

export function Account() {
  const session = useSession().data;
  const signOut = useSignOut();
  const navigate = useNavigate();
  if (!session?.user) return null;
  const leave = () => signOut.mutate(undefined, { onSuccess: () => void navigate({ to: "/sign-in" }) });
  return (
    <Menu.Root>
      <Menu.Trigger className={buttonClass("quiet")} aria-label={`Account of ${session.user}`}>
        <span className="max-w-28 truncate">{session.user}</span>
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner align="end" sideOffset={4} className="z-50">
          <Menu.Popup className="rounded-md border border-line bg-surface p-1 text-ink shadow-lg">
            <p className="px-3 py-1.5 text-xs text-muted">signed in as {session.role}</p>
            <Menu.Item onClick={leave} className="cursor-pointer rounded px-3 py-1.5 data-[highlighted]:bg-sunken">
              Sign out
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
