//! Tests of the ring on in-memory ports: the same roles, without disks.

mod consent;
mod crash;
mod gates;
mod identity;
mod lake;
mod ledger;
mod mutants;
mod rectify;
mod restored;
mod rights;
mod simulation;
mod turns;
mod world;
