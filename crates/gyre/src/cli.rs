//! The command line.

use crate::command::{
    apply, audience, backup, boards, campaign, clock, connector, consent, dead_letters, decide,
    decisions, features, import, lifecycle, metrics, notices, person, pull, query, replay, sources,
    status, subject, tail, tracking_plan, turns,
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
    /// Metrics: one definition of every number.
    #[command(subcommand)]
    Metrics(metrics::MetricsCommand),
    /// Features: values derived from people's events.
    #[command(subcommand)]
    Features(features::FeaturesCommand),
    /// Boards: numbers and charts on a page.
    #[command(subcommand)]
    Boards(boards::BoardsCommand),
    /// Reports: boards as mails, again and again.
    #[command(subcommand)]
    Reports(notices::ReportsCommand),
    /// Alerts: numbers that somebody is told about.
    #[command(subcommand)]
    Alerts(notices::AlertsCommand),
    /// Shows records as they come.
    Tail(tail::TailArgs),
    /// Campaigns and how they fare.
    #[command(subcommand)]
    Campaign(campaign::CampaignCommand),
    /// Audiences before they are saved, and as they were.
    #[command(subcommand)]
    Audience(audience::AudienceCommand),
    /// Lifecycles: how many are in which stage, and how many go from where to where.
    #[command(subcommand)]
    Lifecycle(lifecycle::LifecycleCommand),
    /// Loops, their turns, and what they propose.
    #[command(subcommand)]
    Loop(turns::LoopCommand),
    /// What is known of somebody.
    #[command(subcommand)]
    Person(person::PersonCommand),
    /// What people consent to: the ledger, and the gates.
    #[command(subcommand)]
    Consent(consent::ConsentCommand),
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
    /// Where events come from: keys, limits, what came, and what to paste.
    #[command(subcommand)]
    Sources(sources::SourcesCommand),
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
    /// The rights of people over their own data: to see it, to take it along, to have it gone.
    #[command(subcommand)]
    Subject(subject::SubjectCommand),
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
    /// Runs history again by today's rules, into fresh stores, and compares what follows with what followed before. The server must not run. Exit code 0: the same; 3: there are differences.
    Replay(replay::ReplayArgs),
    /// Copies everything a server has into a folder, while it runs or not.
    Backup(backup::BackupArgs),
    /// Makes a data folder of a backup, after checking that it is whole.
    Restore(backup::RestoreArgs),
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
    use super::{Cli, Command};
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
            "gyre serve --data d --retain event=400d --retain dead_letter=30d",
            "gyre serve --data d --listen [::1]:0 --clock manual --start 2026-01-01 --tick 1m",
            "gyre check a b",
            "gyre test examples/shop",
            "gyre plan a --prune --reset-managed",
            "gyre apply a --server http://[::1]:1 --token-file t --workspace w --json",
            "gyre pull a",
            "gyre query -f q.sql --format ndjson",
            "gyre tail --family event,decision",
            "gyre campaign show email_test",
            "gyre audience preview true --overlap a --overlap b --sample 3",
            "gyre audience history customers",
            "gyre lifecycle list",
            "gyre lifecycle flows customer --by day --from 2026-01-01",
            "gyre loop approve 00ff",
            "gyre loop reject 00ff --reason no",
            "gyre person show ada@example.com",
            "gyre person consent ada --as-of 2026-01-01 --known-at 2026-02-01",
            "gyre consent state --email ada@example.com --topic contact.email=denied --method phone",
            "gyre consent verify",
            "gyre consent gates",
            "gyre person graph ada@example.com",
            "gyre person separate ada bob --lift --reason no",
            "gyre decisions explain 00ff",
            "gyre decide --user ada --placement home --context device=phone",
            "gyre import a.csv --mapping crm --dry-run 5 --chunk 10",
            "gyre dead-letters replay a b",
            "gyre sources create shop --type browser --origin https://shop.example --rate 1000/1s",
            "gyre sources rotate shop --overlap 1h",
            "gyre sources snippet shop --for node --key k",
            "gyre dead-letters mend --code no_person --set body.customer.id=5",
            "gyre tracking-plan infer --source web",
            "gyre import suggest a.csv",
            "gyre status",
            "gyre clock advance --to 2026-02-01T00:00:00Z",
            "gyre math experiment a.csv --arm arm --metric bought,spent --json",
            "gyre math ope --input -",
            "gyre math schema drift",
            "gyre subject export ada@example.com --kind email --out a.tar",
            "gyre subject erase ada --certificate c.json --reference T-1",
            "gyre subject restrict ada --no-wait",
            "gyre subject unrestrict ada",
            "gyre subject lift ada",
            "gyre subject rectify ada --set country=DE --remove age --replace a@b.c=d@e.f --drop x",
            "gyre subject status 00ff",
            "gyre subject list --json",
            "gyre boards list",
            "gyre boards show executive --yaml",
            "gyre reports list",
            "gyre reports show weekly --html",
            "gyre reports send-now weekly --json",
            "gyre alerts list",
            "gyre subject verify c.json --key 00ff",
            "gyre schema",
            "gyre openapi",
            "gyre doctor --data d",
            "gyre fsck --data d",
            "gyre replay --data d --into e --from 2026-01-01 --to 2026-02-01 --rules recorded",
            "gyre replay --data d --into e --with a --with b --format json",
            "gyre backup --to b --data d",
            "gyre backup --to b --server http://[::1]:1",
            "gyre restore --from b --data d --send-again",
        ];
        for line in lines {
            let parsed = Cli::try_parse_from(line.split(' '));
            assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
        }
    }

    #[test]
    fn an_import_has_its_file_and_a_suggestion_needs_none() {
        let file = |line: &str| match Cli::try_parse_from(line.split(' ')).unwrap().command {
            Command::Import(args) => (args.file.is_some(), args.command.is_some()),
            other => panic!("{other:?}"),
        };
        assert_eq!(file("gyre import a.csv --mapping crm"), (true, false));
        assert_eq!(file("gyre import a.csv --mapping crm --server http://[::1]:1"), (true, false));
        assert_eq!(file("gyre import suggest a.csv --name crm"), (false, true));
    }
}
