// Addresses that lead nowhere, and pages that broke.
import { Link, type ErrorComponentProps } from "@tanstack/react-router";
import { Button, buttonClass } from "@/ui/button";
import { Page } from "@/ui/page";

export const Missing = () => (
  <Page title="There is no such page" lead="The address may be mistyped, or what it showed is gone.">
    <div>
      <Link to="/" className={buttonClass("main")}>
        Go home
      </Link>
    </div>
  </Page>
);

export const Broken = ({ error, reset }: ErrorComponentProps) => (
  <Page title="This page cannot be shown" lead={error instanceof Error ? error.message : String(error)}>
    <div className="flex gap-2">
      <Button look="main" onClick={reset}>
        Try again
      </Button>
      <a href="/" className={buttonClass()}>
        Go home
      </a>
    </div>
  </Page>
);
