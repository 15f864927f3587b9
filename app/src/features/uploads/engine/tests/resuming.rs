//! After a reload.

use super::{
    super::{Event, Failure, FileId, Status},
    world::{PART, Reply, World},
};

/// A page that dies when `stored` parts of 20 are in storage and five are under way.
fn died_half_way(stored: usize) -> World {
    let mut world = World::new(1);
    world.add(vec![World::file(1, "report.zip", 20 * PART)]);
    while world.stored_parts() < stored || world.pending_parts() < 5 {
        let job = world.pending()[0];
        world.reply(job, Reply::Well);
    }
    world
}

#[test]
fn only_what_was_under_way_is_sent_again() {
    let mut world = died_half_way(9);
    let (stored, taken) = (world.stored_parts() as u64, world.taken);
    world.reload(2);
    world.calm();
    assert_eq!(world.status(1), Status::Done);
    assert_eq!(world.taken - taken, (20 - stored) * PART);
}

#[test]
fn parts_that_arrived_without_anybody_hearing_of_it_are_kept() {
    let mut world = died_half_way(9);
    for job in world.pending() {
        world.reply(job, Reply::LostAnswer);
    }
    let taken = world.taken;
    world.reload(2);
    world.calm();
    assert_eq!(world.status(1), Status::Done);
    assert!(world.taken - taken <= 5 * PART);
}

#[test]
fn an_altered_file_is_refused_before_a_byte_is_sent() {
    let mut world = died_half_way(9);
    let taken = world.taken;
    world.contents.insert(FileId(1), 77);
    world.reload(2);
    world.calm();
    assert_eq!(world.status(1), Status::Failed(Failure::OtherContent));
    assert_eq!(world.taken, taken);
    assert_eq!(world.unfinished(), 1, "the unfinished upload is kept");
    assert_eq!(world.records.len(), 1);
}

#[test]
fn a_file_of_another_size_is_refused() {
    let mut world = died_half_way(9);
    let record = world.records.values().next().unwrap().clone();
    world.reload(2);
    let mut other = World::file(5, "report.zip", 20 * PART);
    other.size += 1;
    let mut fresh = World::new(3);
    fresh.tell(Event::Reopened { record, file: other });
    assert_eq!(fresh.status(5), Status::Failed(Failure::OtherSize));
}

#[test]
fn an_upload_that_is_gone_starts_afresh() {
    let mut world = died_half_way(9);
    world.lose_uploads();
    world.reload(2);
    world.calm();
    assert_eq!(world.status(1), Status::Done);
    assert_eq!(world.objects["users/ada/report.zip"], (1, 0, 20 * PART));
    assert!(world.records.is_empty());
}

#[test]
fn the_same_upload_is_never_driven_twice() {
    let mut world = died_half_way(3);
    let record = world.records.values().next().unwrap().clone();
    world.contents.insert(FileId(2), 1);
    world.tell(Event::Reopened {
        record,
        file: World::file(2, "report.zip", 20 * PART),
    });
    assert!(world.engine.file(FileId(2)).is_none());
    world.calm();
    assert_eq!(world.taken, 20 * PART);
}

#[test]
fn the_right_file_takes_the_place_of_the_wrong_one() {
    let mut world = died_half_way(9);
    world.contents.insert(FileId(1), 77);
    world.reload(2);
    world.calm();
    assert_eq!(world.status(1), Status::Failed(Failure::OtherContent));
    let record = world.records.values().next().unwrap().clone();
    world.contents.insert(FileId(5), 1);
    world.tell(Event::Reopened {
        record,
        file: World::file(5, "report.zip", 20 * PART),
    });
    assert!(world.engine.file(FileId(1)).is_none(), "one row, not two");
    world.calm();
    assert_eq!(world.status(5), Status::Done);
}
