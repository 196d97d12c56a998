//! The members of an audience as data that goes to others, such as an advertising platform: only those
//! whom the export gate lets through.

use crate::catalog::membership_key;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::person::Person;
use gyre_derive::Purpose;
use gyre_govern::Gate;
use gyre_model::resource::Kind;
use gyre_model::{NodeKind, Partition, PersonId, Workspace};
use serde::Serialize;
use std::collections::HashSet;

/// People looked at at once.
const PAGE: usize = 5_000;

/// A page of an export.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct AudienceExport {
    /// Whom the gate let through, in the order of ids.
    pub members: Vec<ExportedMember>,
    /// Members that were looked at.
    pub looked_at: u64,
    /// Members who do not consent to their data being shared.
    pub without_consent: u64,
    /// Members who are restricted.
    pub restricted: u64,
    /// Where the next page begins; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A member, by the identifiers that others know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExportedMember {
    /// The person's id.
    pub person: PersonId,
    /// User ids.
    pub user_ids: Vec<String>,
    /// E-mail addresses, normalised.
    pub emails: Vec<String>,
    /// Phone numbers, in the form of E.164.
    pub phones: Vec<String>,
}

impl ExportedMember {
    fn of(person: &Person) -> Self {
        let all = |kind: NodeKind| -> Vec<String> {
            let nodes = person.nodes.iter();
            nodes
                .filter(|(id, node)| id.kind() == kind && !node.identifier.is_empty())
                .map(|(_, node)| node.identifier.clone())
                .collect()
        };
        Self {
            person: person.id,
            user_ids: all(NodeKind::User),
            emails: all(NodeKind::Email),
            phones: all(NodeKind::Phone),
        }
    }
}

impl Engine {
    /// A page of the members of an audience as they are now; `after` is the `next` of the page before.
    pub async fn export_audience(
        &self,
        workspace: &Workspace,
        audience: &str,
        after: Option<&str>,
    ) -> Result<AudienceExport> {
        let rows = self.resources(workspace).await?;
        if !rows.iter().any(|row| row.kind == Kind::Audience && row.name == audience) {
            return Err(Error::NotFound { what: "Audience", name: audience.to_owned() });
        }
        if self.shared.clock.is_manual() {
            self.visible().await?;
        }
        let (mut partition, mut after) = place(after)?;
        let shared = &self.shared;
        let key = membership_key(Purpose::Declared, audience);
        let mut export = AudienceExport::default();
        while let Some(people) = shared.people.get(partition as usize) {
            let page = people.page(after, PAGE)?;
            let mut members = Vec::new();
            for id in &page {
                let person = people.get(*id)?.filter(|one| one.workspace == *workspace);
                members.extend(person.filter(|one| one.members.contains_key(&key)));
            }
            let ids: Vec<PersonId> = members.iter().map(|one| one.id).collect();
            let (open, withheld) = self.permitted(workspace, Gate::Export, &ids)?;
            let open: HashSet<PersonId> = open.into_iter().collect();
            let let_through = members.iter().filter(|one| open.contains(&one.id));
            export.members.extend(let_through.map(|one| ExportedMember::of(one)));
            export.looked_at += ids.len() as u64;
            let restricted = withheld.iter().filter(|one| one.because == "restricted").count();
            export.restricted += restricted as u64;
            export.without_consent += (withheld.len() - restricted) as u64;
            after = page.last().copied();
            if page.len() < PAGE {
                (partition, after) = (partition + 1, None);
            }
            if export.members.len() >= PAGE {
                break;
            }
        }
        if (partition as usize) < shared.people.len() {
            let id = after.map(|id| id.to_string()).unwrap_or_default();
            export.next = Some(format!("{partition}.{id}"));
        }
        Ok(export)
    }
}

/// Where a page begins.
fn place(after: Option<&str>) -> Result<(Partition, Option<PersonId>)> {
    let Some(text) = after else { return Ok((0, None)) };
    let wrong = || Error::invalid("`after` is the `next` of the page before");
    let (partition, id) = text.split_once('.').ok_or_else(wrong)?;
    let id = Some(id).filter(|id| !id.is_empty());
    let id = id.map(str::parse).transpose().map_err(|_| wrong())?;
    Ok((partition.parse().map_err(|_| wrong())?, id))
}

#[cfg(test)]
mod tests {
    use super::place;
    use gyre_model::PersonId;

    #[test]
    fn a_page_begins_where_the_one_before_ended() {
        let id = PersonId([7; 16]);
        assert_eq!(place(None).unwrap(), (0, None));
        assert_eq!(place(Some("1.")).unwrap(), (1, None));
        assert_eq!(place(Some(&format!("2.{id}"))).unwrap(), (2, Some(id)));
        for wrong in ["", "1", "x.", "0.zz"] {
            assert!(place(Some(wrong)).is_err(), "{wrong}");
        }
    }
}
