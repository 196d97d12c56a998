// The roles, and choosing one.
import { useState } from "react";
import type { Role } from "@/api/session";
import { SelectField } from "@/ui/field";

export const ROLES: Record<Role, string> = {
  viewer: "Sees loops, campaigns and resources.",
  marketer: "Also sees people, changes resources, decides on proposals and imports.",
  analyst: "Also sees people and asks in SQL; changes nothing.",
  admin: "Everything, users and tokens too.",
};

export function RoleField() {
  const [role, setRole] = useState<Role>("viewer");
  return (
    <SelectField label="Role" name="role" hint={ROLES[role]} value={role} onChange={(event) => setRole(event.target.value as Role)}>
      {Object.keys(ROLES).map((one) => (
        <option key={one}>{one}</option>
      ))}
    </SelectField>
  );
}
