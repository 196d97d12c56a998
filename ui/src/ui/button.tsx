// Buttons, and links that look like them.
import type { ButtonHTMLAttributes } from "react";

const LOOKS = {
  main: "bg-accent text-accent-ink border-transparent hover:opacity-90",
  plain: "bg-surface text-ink border-line hover:bg-sunken",
  bad: "bg-surface text-bad border-bad hover:bg-bad-soft",
  quiet: "bg-transparent text-ink border-transparent hover:bg-sunken",
} as const;

export type Look = keyof typeof LOOKS;

export const buttonClass = (look: Look = "plain") =>
  `inline-flex min-h-8 items-center justify-center gap-1.5 rounded-md border px-3 py-1 text-sm font-medium no-underline hover:no-underline disabled:opacity-50 ${LOOKS[look]}`;

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: Look;
}

export const Button = ({ look, className = "", type = "button", ...rest }: Props) => (
  <button type={type} className={`${buttonClass(look)} ${className}`} {...rest} />
);
