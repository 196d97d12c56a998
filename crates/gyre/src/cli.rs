//! The command line.

use crate::command::{
    apply, campaign, clock, connector, dead_letters, decide, decisions, import, person, pull,
    query, status, tail, tracking_plan, turns,
};
use crate::serve::options::ServeArgs;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Gyre: customers come round again. Collects events, decides, sends, measures and learns, in one
/// process.
#[derive(Debug, Parser)]
#[command(name = "gyre", version, disable_help_subcommand = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs the server on a data folder.
    Serve(ServeArgs),
    /// Checks resource files: references, ranges, and every rule.
    Check(Paths),
    /// Runs the tests in resource files, in memory and on a clock of its own.
    Test(TestArgs),
    /// Shows what applying resource files would change.
    Plan(apply::ApplyArgs),
    /// Applies resource files: all of them or none.
    Apply(apply::ApplyArgs),
    /// Writes what loops own back into the files.
    Pull(pull::PullArgs),
    /// Asks the lake in SQL.
    Query(query::QueryArgs),
    /// Shows records as they come.
    Tail(tail::TailArgs),
    /// Campaigns and how they fare.
    #[command(subcommand)]
    Campaign(campaign::CampaignCommand),
    /// Loops, their turns, and what they propose.
    #[command(subcommand)]
    Loop(turns::LoopCommand),
    /// What is known of somebody.
    #[command(subcommand)]
    Person(person::PersonCommand),
    /// Why something was shown or sent, or not.
    #[command(subcommand)]
    Decisions(decisions::DecisionsCommand),
    /// Asks what to show somebody; the decision counts.
    Decide(decide::DecideArgs),
    /// Imports a file of rows.
    Import(import::ImportArgs),
    /// What was rejected or failed.
    #[command(subcommand)]
    DeadLetters(dead_letters::DeadLettersCommand),
    /// Programs that read other systems.
    #[command(subcommand)]
    Connector(connector::ConnectorCommand),
    /// What events should look like, and what did not.
    #[command(subcommand)]
    TrackingPlan(tracking_plan::TrackingPlanCommand),
    /// Shows how far the server has come.
    Status(status::StatusArgs),
    /// The server's clock; a manual one can be moved.
    #[command(subcommand)]
    Clock(clock::ClockCommand),
    /// Numbers from files of rows, or from sums as JSON: experiments, bandits, lifetime value and more.
    #[command(subcommand)]
    Math(gyre_calculate::Command),
    /// Prints the JSON schema of resource files, for editors.
    Schema,
    /// Prints the OpenAPI document of the server.
    Openapi,
    /// Looks at a data folder and the machine, and says what is wrong. Changes nothing.
    Doctor(DoctorArgs),
    /// Reads every record of a data folder and checks it. The server must not run.
    Fsck(DataArgs),
}

#[derive(Debug, Args)]
pub(crate) struct Paths {
    /// Files, or folders whose .yaml files are read.
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    #[command(flatten)]
    pub(crate) paths: Paths,
    /// Only tests whose name contains this.
    #[arg(long, value_name = "TEXT")]
    pub(crate) only: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct DataArgs {
    /// The data folder.
    #[arg(long, env = "GYRE_DATA", value_name = "DIR")]
    pub(crate) data: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// The mail server to reach.
    #[arg(long, env = "GYRE_SMTP", value_name = "URL", hide_env_values = true)]
    pub(crate) smtp: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::Cli;
    use crate::reference;
    use clap::{CommandFactory as _, Parser as _};
    use expect_test::{Expect, expect, expect_file};

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_reference_says_what_the_command_line_takes() {
        expect_file!["../../../docs/reference/cli.md"].assert_eq(&reference::markdown());
    }

    fn refused(line: &str, expected: &Expect) {
        let error = Cli::try_parse_from(line.split(' ')).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        expected.assert_eq(&error.to_string());
    }

    #[test]
    fn what_cannot_be_right_is_refused() {
        refused(
            "gyre query",
            &expect![[r"
                error: the following required arguments were not provided:
                  <SQL>

                Usage: gyre query <SQL>

                For more information, try '--help'.
            "]],
        );
        refused(
            "gyre loop reject abc",
            &expect![[r"
                error: the following required arguments were not provided:
                  --reason <TEXT>

                Usage: gyre loop reject --reason <TEXT> <ID>

                For more information, try '--help'.
            "]],
        );
        refused(
            "gyre import a.csv --mapping crm --chunk 0",
            &expect![[r"
                error: invalid value '0' for '--chunk <ROWS>': 0 is not in 1..=100000

                For more information, try '--help'.
            "]],
        );
    }

    #[test]
    fn everything_that_is_asked_for_arrives() {
        let lines = [
            "gyre serve --data d",
            "gyre serve --data d --listen [::1]:0 --clock manual --start 2026-01-01 --tick 1m",
            "gyre check a b",
            "gyre test examples/shop",
            "gyre plan a --prune --reset-managed",
            "gyre apply a --server http://[::1]:1 --token-file t --workspace w --json",
            "gyre pull a",
            "gyre query -f q.sql --format ndjson",
            "gyre tail --family event,decision",
            "gyre campaign show email_test",
            "gyre loop approve 00ff",
            "gyre loop reject 00ff --reason no",
            "gyre person show ada@example.com",
            "gyre decisions explain 00ff",
            "gyre decide --user ada --placement home --context device=phone",
            "gyre import a.csv --mapping crm --dry-run 5 --chunk 10",
            "gyre dead-letters replay a b",
            "gyre dead-letters mend --code no_person --set body.customer.id=5",
            "gyre tracking-plan infer --source web",
            "gyre import suggest a.csv",
            "gyre status",
            "gyre clock advance --to 2026-02-01T00:00:00Z",
            "gyre math experiment a.csv --arm arm --metric bought,spent --json",
            "gyre math ope --input -",
            "gyre math schema drift",
            "gyre schema",
            "gyre openapi",
            "gyre doctor --data d",
            "gyre fsck --data d",
        ];
        for line in lines {
            let parsed = Cli::try_parse_from(line.split(' '));
            assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
        }
    }
}
