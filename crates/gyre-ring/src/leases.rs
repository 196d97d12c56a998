//! Leases: parts of stocks and budgets committed beforehand, so that an in-app decision need not wait
//! for the state. After a crash what was leased and not used counts as spent.

use crate::catalog::CompiledCampaign;
use crate::error::Result;
use crate::shared::Shared;
use gyre_model::Decimal;
use gyre_ports::ErrorKind;
use gyre_ports::state::{Op, Spend};
use parking_lot::Mutex;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// How many contacts a lease is for.
const CONTACTS: i64 = 32;

#[derive(Debug, Default, Clone, Copy)]
struct Lease {
    left: Decimal,
    /// The state has nothing more to give.
    dry: bool,
}

/// Leases by counter.
#[derive(Debug)]
pub(crate) struct Leases {
    shared: Arc<Shared>,
    leases: Mutex<HashMap<String, Lease>>,
}

impl Leases {
    /// No leases yet.
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, leases: Mutex::default() }
    }

    /// What is spent of every counter of a campaign, as a decision must see it: a counter with room in
    /// its lease, or that can still be leased from, shows room.
    pub(crate) async fn spent(
        &self,
        campaign: &CompiledCampaign,
    ) -> Result<BTreeMap<String, Decimal>> {
        let mut spent = BTreeMap::new();
        for spend in campaign.variants.iter().flat_map(|variant| &variant.spends) {
            if spent.contains_key(&spend.counter) {
                continue;
            }
            let lease = self.lease(spend).await?;
            let shown = if lease.left < spend.amount { spend.limit } else { Decimal::ZERO };
            spent.insert(spend.counter.clone(), shown);
        }
        Ok(spent)
    }

    /// Takes what a decision needs.
    pub(crate) async fn take(&self, spends: &[Spend]) -> Result<()> {
        for spend in spends {
            self.lease(spend).await?;
        }
        let mut leases = self.leases.lock();
        let short = spends
            .iter()
            .any(|spend| leases.get(&spend.counter).is_none_or(|lease| lease.left < spend.amount));
        if short {
            let error =
                gyre_ports::Error::new(ErrorKind::Busy, "the last of an offer was just taken");
            return Err(error.into());
        }
        for spend in spends {
            if let Some(lease) = leases.get_mut(&spend.counter) {
                lease.left = lease.left - spend.amount;
            }
        }
        Ok(())
    }

    /// The lease of a counter, renewed from the state when it has run low.
    async fn lease(&self, spend: &Spend) -> Result<Lease> {
        let known = self.leases.lock().get(&spend.counter).copied().unwrap_or_default();
        if known.left >= spend.amount || known.dry {
            return Ok(known);
        }
        let mut wanted = Decimal(spend.amount.0.saturating_mul(CONTACTS));
        loop {
            let op = Op::Spend(Spend { amount: wanted, ..spend.clone() });
            match self.shared.state.commit(self.shared.epoch, None, vec![op]).await {
                Ok(()) => {
                    let mut leases = self.leases.lock();
                    let lease = leases.entry(spend.counter.clone()).or_default();
                    lease.left = lease.left + wanted;
                    return Ok(*lease);
                }
                Err(error) if error.kind() == ErrorKind::Denied => {
                    if wanted <= spend.amount {
                        let mut leases = self.leases.lock();
                        let lease = leases.entry(spend.counter.clone()).or_default();
                        lease.dry = true;
                        return Ok(*lease);
                    }
                    wanted = Decimal((wanted.0 / 2).max(spend.amount.0));
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}
