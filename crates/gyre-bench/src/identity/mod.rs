//! How well people are told apart: a synthetic set of people whose truth is known is sent to a real server,
//! and the people it makes of them are asked for over SQL.

mod score;
mod set;
mod wire;

use crate::figures::{Goal, Report};
use crate::server::{Place, Server};
use anyhow::Context as _;
use score::{Pairs, score};
use serde_json::json;
use set::{Call, Identifier, Parameters, Slice, make};
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

const RESOURCES: &str = include_str!("../../resources/identity.yaml");
/// How long the server may take to deal with all of it.
const PATIENCE: Duration = Duration::from_secs(900);
const MOST_ROWS: usize = 1_000_000;

/// The person of every node that was ever joined or parted: the last row tells.
const PEOPLE: &str = "SELECT external_id_hash, segment_id FROM ( \
    SELECT external_id_hash, segment_id, row_number() OVER ( \
      PARTITION BY external_id_hash ORDER BY _partition, _offset DESC) AS place \
    FROM external_id_mapping_updates) WHERE place = 1";

const VIOLATIONS: &str =
    "SELECT reason, count(*) FROM identity_violations GROUP BY reason ORDER BY 2 DESC";

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[arg(long, default_value_t = 10_000)]
    people: u32,
    /// Devices of a person, on average.
    #[arg(long, default_value_t = 2.4)]
    devices: f64,
    /// Share of people with an account.
    #[arg(long, default_value_t = 0.8)]
    accounts: f64,
    /// Share of people in households whose members sign in on one device.
    #[arg(long, default_value_t = 0.06)]
    households: f64,
    /// Share of people who share a tablet with one to five others.
    #[arg(long, default_value_t = 0.03)]
    tablets: f64,
    /// Share of people on whose device somebody else signed in, and the id was not reset.
    #[arg(long, default_value_t = 0.03)]
    borrowed: f64,
    /// Ids that stand in the code of an app.
    #[arg(long, default_value_t = 6)]
    hard_coded: u32,
    /// People who used each of them.
    #[arg(long, default_value_t = 60)]
    hard_coded_people: u32,
    /// Share of people with a phone number that was somebody else's.
    #[arg(long, default_value_t = 0.02)]
    recycled: f64,
    /// Share of devices that nothing links with their owner.
    #[arg(long, default_value_t = 0.01)]
    unlinked: f64,
    /// Rules to apply, a YAML file with an IdentityRules; the shipped ones if not given.
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// Also writes the set: events.jsonl, and the truth apart in truth.jsonl.
    #[arg(long, value_name = "DIR")]
    write: Option<PathBuf>,
}

impl Args {
    fn parameters(&self) -> Parameters {
        Parameters {
            seed: self.seed,
            people: self.people.max(1),
            devices: self.devices.max(1.0),
            accounts: self.accounts,
            households: self.households,
            tablets: self.tablets,
            borrowed: self.borrowed,
            hard_coded: self.hard_coded,
            hard_coded_people: self.hard_coded_people,
            recycled: self.recycled,
            unlinked: self.unlinked,
        }
    }
}

/// The identifiers of a call.
fn said(call: &Call) -> impl Iterator<Item = &str> {
    [&call.user, &call.email, &call.phone, &call.anonymous].into_iter().filter_map(Option::as_deref)
}

pub(crate) async fn measure(place: &Place, args: &Args) -> anyhow::Result<Report> {
    let parameters = args.parameters();
    let mut set = make(parameters);
    // Of somebody who never said it nobody can know it.
    let said: HashSet<&str> = set.calls.iter().flat_map(said).collect();
    set.identifiers.retain(|one| said.contains(one.value.as_str()));
    if let Some(folder) = &args.write {
        wire::write(folder, &set)?;
    }
    let mut report = Report::new("identity", format!("{parameters:?}"));
    report.figure("events", set.calls.len() as f64, "");
    report.figure("identifiers", set.identifiers.len() as f64, "");
    let folder = place.fresh()?;
    let own = match &args.rules {
        Some(path) => std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?,
        None => String::new(),
    };
    let yaml = if own.is_empty() { RESOURCES.to_owned() } else { format!("{RESOURCES}---\n{own}") };
    let server = place.start_with(folder.path(), &yaml).await?;
    let began = Instant::now();
    wire::send(&server, &set).await?;
    let done = server.caught_up(true, PATIENCE).await?;
    done.with_context(|| format!("the server did not catch up within {PATIENCE:?}"))?;
    report.figure("sent, processed and archived in", began.elapsed().as_secs_f64(), "s");
    let people = people(&server, &set.identifiers).await?;
    let (overall, slices) = score(&set.identifiers, &people);
    report.goal("precision", overall.precision(), "", Goal::AtLeast(0.999));
    report.goal("recall", overall.recall(), "", Goal::AtLeast(0.97));
    report.figure("recall, shared ids with everybody", overall.recall_by_all(), "");
    for slice in Slice::ALL {
        let pairs = slices.get(&slice).copied().unwrap_or_default();
        tell(&mut report, slice.as_str(), pairs);
    }
    for row in rows(&server, VIOLATIONS).await? {
        let (reason, count) = (row[0].as_str().unwrap_or_default(), &row[1]);
        report.note(format!("links that do not hold, {reason}: {count}"));
    }
    Ok(report)
}

fn tell(report: &mut Report, name: &str, pairs: Pairs) {
    report.figure(format!("{name}: precision"), pairs.precision(), "");
    report.figure(format!("{name}: recall"), pairs.recall(), "");
    report.figure(format!("{name}: pairs together"), pairs.together as f64, "");
}

/// The person of each identifier, by SQL; which node an identifier is, its person's graph says.
async fn people(server: &Server, identifiers: &[Identifier]) -> anyhow::Result<Vec<u64>> {
    let mut by_node: HashMap<String, String> = HashMap::new();
    for row in rows(server, PEOPLE).await? {
        let [node, person] = [&row[0], &row[1]].map(|cell| cell.as_str().unwrap_or_default());
        by_node.insert(node.to_owned(), person.to_owned());
    }
    let mut nodes: HashMap<(String, String), String> = HashMap::new();
    let mut numbers: HashMap<String, u64> = HashMap::new();
    let mut people = Vec::with_capacity(identifiers.len());
    for one in identifiers {
        let key = (one.kind.as_str().to_owned(), one.value.clone());
        if !nodes.contains_key(&key) {
            let path = format!("/v1/people/{}/graph", one.value.replace('+', "%2B"));
            let graph = server.get(&path).await?;
            for node in graph["nodes"].as_array().into_iter().flatten() {
                let text = |key: &str| node[key].as_str().unwrap_or_default().to_owned();
                nodes.insert((text("id_type"), text("identifier")), text("node"));
            }
        }
        let node = nodes.get(&key).with_context(|| format!("no node for a {}", key.0))?;
        // A node that was never joined is a person of its own.
        let person = by_node.get(node).unwrap_or(node).clone();
        let next = numbers.len() as u64;
        people.push(*numbers.entry(person).or_insert(next));
    }
    Ok(people)
}

async fn rows(server: &Server, sql: &str) -> anyhow::Result<Vec<Vec<serde_json::Value>>> {
    let asked = json!({"sql": sql, "max_rows": MOST_ROWS, "timeout_ms": 120_000});
    let answer = server.post("/v1/query", &asked).await?;
    let rows = answer["rows"].as_array().context("an answer without rows")?;
    Ok(rows.iter().map(|row| row.as_array().cloned().unwrap_or_default()).collect())
}
