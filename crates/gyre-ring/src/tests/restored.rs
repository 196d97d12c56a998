//! A ring whose fold is gone, as after a restore: it is derived again, and collecting goes on meanwhile.

use super::world::{World, Wrapped, identify, order, post};
use gyre_model::Workspace;
use gyre_ports::Fold as _;

#[tokio::test]
async fn without_its_fold_sources_are_known_at_once_and_nothing_is_decided() {
    let world = World::new();
    let (engine, _) = world.shop().await;
    post(&engine, &[identify("u1", "i1"), order("u1", "o1")]).await.unwrap();
    engine.drain().await.unwrap();
    drop(engine);
    world.fold.clear(0).unwrap();
    let (engine, _) = world.open(Wrapped::plain).await;
    let catalog = || engine.shared.catalog(&Workspace::default());
    assert!(catalog().sources.contains_key("shop"));
    assert!(catalog().campaigns.is_empty() && catalog().loops.is_empty());
    engine.drain().await.unwrap();
    assert!(catalog().campaigns.contains_key("win_back"));
    assert!(catalog().loops.contains_key("repurchase"));
}
