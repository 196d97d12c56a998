//! shim
use gyre_config::kinds::*; use gyre_model::record::body::*; use gyre_model::*; use std::collections::BTreeMap;
pub enum Verdict{Approve,Reject}
pub fn learn(_:&gyre_measure::turn::Rewards,_:&DecisionPolicy,_:&[String],_:&BTreeMap<String,BTreeMap<String,f64>>)->Result<Vec<VariantEvidence>,crate::Error>{Ok(vec![])}
pub struct Situation<'a>{pub id:RecordId,pub loop_name:&'a str,pub spec:&'a Loop,pub campaign_name:&'a str,pub campaign:&'a Campaign,pub managed:&'a Managed,pub evidence:&'a [VariantEvidence],pub turn:u64,pub treated:&'a ArmSums,pub holdout:&'a ArmSums,pub base_version:u64,pub at:Timestamp}
pub fn propose(_:&Situation)->Result<Option<Proposal>,crate::Error>{Ok(None)}
pub fn apply(m:&Managed,_:&Proposal)->Managed{m.clone()}
pub fn decide_proposal(p:&Proposal,_:Verdict,_:&str,_:Option<&str>,_:u64,_:Timestamp)->Result<Proposal,crate::Error>{Ok(p.clone())}
