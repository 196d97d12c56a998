//! Tests of the ring on in-memory ports: the same roles, without disks.

mod columns;
mod consent;
mod crash;
mod features;
mod gates;
mod identity;
mod lake;
mod lasting;
mod ledger;
mod letters;
mod merging;
mod mutants;
mod notices;
mod rectify;
mod restored;
mod retention;
mod rights;
mod schedule;
mod simulation;
mod training;
mod turns;
mod world;
