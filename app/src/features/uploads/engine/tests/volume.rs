//! Thousands of files, and how few requests they take.

use super::{
    super::Status,
    world::{PART, World},
};

#[test]
fn five_thousand_small_files_need_few_requests() {
    let mut world = World::new(1);
    world.add(
        (0..5_000)
            .map(|id| World::file(id, &format!("photos/{id}.jpg"), 40_000))
            .collect(),
    );
    world.calm();
    assert_eq!(world.finished.len(), 5_000);
    assert_eq!(world.engine.totals(world.now).done, 5_000);
    assert!(world.calls.len() <= 60, "{} calls", world.calls.len());
    assert!(world.busiest_minute() <= 60);
}

#[test]
fn five_hundred_need_fewer_than_ten() {
    let mut world = World::new(1);
    world.add(
        (0..500)
            .map(|id| World::file(id, &format!("photos/{id}.jpg"), 100))
            .collect(),
    );
    world.calm();
    assert_eq!(world.finished.len(), 500);
    assert!(world.calls.len() <= 8, "{} calls", world.calls.len());
}

#[test]
fn a_gibibyte_is_signed_in_batches() {
    let mut world = World::new(1);
    world.add(vec![World::file(1, "disk.img", 128 * PART)]);
    world.calm();
    assert_eq!(world.status(1), Status::Done);
    assert!(world.calls.len() <= 25, "{} calls", world.calls.len());
}

#[test]
fn many_large_files_never_exceed_the_minute() {
    let mut world = World::new(1);
    world.add(
        (0..60)
            .map(|id| World::file(id, &format!("raw/{id}.dng"), 5 * PART))
            .collect(),
    );
    world.calm();
    assert_eq!(world.finished.len(), 60);
    assert!(world.busiest_minute() <= 60, "{}", world.busiest_minute());
}
