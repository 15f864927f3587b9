//! One thing at a time.

use super::{
    super::{Choice, Effect, Event, Existing, Failure, FileId, JobId, Request, Scope, Status},
    world::{MIB, PART, Reply, World},
};

fn one_large(world: &mut World) {
    world.add(vec![World::file(1, "report.zip", 20 * PART)]);
}

/// Answers well until `stop` holds.
fn until(world: &mut World, stop: impl Fn(&World) -> bool) {
    for _ in 0..10_000 {
        if stop(world) {
            return;
        }
        match world.pending().first() {
            Some(job) => world.reply(*job, Reply::Well),
            None => world.pass(1_000),
        }
    }
    panic!("it never came to that");
}

fn is_part(effect: &Effect) -> bool {
    matches!(effect, Effect::Send { .. })
}

#[test]
fn a_small_file_takes_one_call_and_one_put() {
    let mut world = World::new(1);
    world.add(vec![World::file(1, "a.txt", 12)]);
    world.calm();
    assert_eq!(world.status(1), Status::Done);
    assert_eq!(world.objects["users/ada/a.txt"], (1, 0, 12));
    assert_eq!(world.calls.len(), 1);
}

#[test]
fn an_empty_file_is_a_file() {
    let mut world = World::new(1);
    world.add(vec![World::file(1, "empty", 0)]);
    world.calm();
    assert_eq!(world.status(1), Status::Done);
    assert_eq!(world.objects["users/ada/empty"], (1, 0, 0));
}

#[test]
fn a_large_file_goes_in_parallel_parts_once() {
    let mut world = World::new(1);
    one_large(&mut world);
    world.calm();
    assert_eq!(world.status(1), Status::Done);
    assert_eq!(world.taken, 20 * PART);
    assert_eq!(world.most_transfers, 5);
    assert!(world.records.is_empty());
    assert_eq!(world.unfinished(), 0);
}

#[test]
fn small_files_are_not_held_up_by_a_large_one() {
    let mut world = World::new(1);
    one_large(&mut world);
    until(&mut world, |world| world.pending_parts() == 5);
    world.add(vec![World::file(2, "note.txt", 3)]);
    until(&mut world, |world| world.status(2) == Status::Done);
    assert!(world.stored_parts() < 20);
}

#[test]
fn a_pause_stops_at_once_and_costs_only_what_was_under_way() {
    let mut world = World::new(1);
    one_large(&mut world);
    until(&mut world, |world| world.stored_parts() == 7);
    world.tell(Event::Paused(Scope::One(FileId(1))));
    assert_eq!(world.pending_parts(), 0);
    assert_eq!(world.status(1), Status::Paused);
    world.pass(3_600_000);
    assert_eq!(world.pending_parts(), 0);
    world.tell(Event::Resumed(Scope::All));
    world.calm();
    assert_eq!(world.status(1), Status::Done);
    assert_eq!(world.taken, 20 * PART);
}

#[test]
fn cancelling_leaves_nothing_in_storage() {
    let mut world = World::new(1);
    one_large(&mut world);
    until(&mut world, |world| world.stored_parts() == 3);
    world.tell(Event::Cancelled(Scope::All));
    world.calm();
    assert_eq!(world.status(1), Status::Cancelled);
    assert_eq!(world.unfinished(), 0);
    assert!(world.records.is_empty() && world.objects.is_empty());
}

#[test]
fn cancelling_while_it_is_planned_discards_what_the_plan_began() {
    let mut world = World::new(1);
    one_large(&mut world);
    assert!(world.is_pending(|effect| matches!(
        effect,
        Effect::Call {
            request: Request::Plan(_),
            ..
        }
    )));
    world.tell(Event::Cancelled(Scope::One(FileId(1))));
    world.calm();
    assert_eq!(world.unfinished(), 0);
    assert!(world.objects.is_empty());
}

#[test]
fn a_url_that_expired_is_never_used_and_is_signed_again() {
    let mut world = World::new(1);
    one_large(&mut world);
    until(&mut world, |world| world.stored_parts() == 3);
    world.tell(Event::Paused(Scope::All));
    world.pass(3_600_000);
    world.tell(Event::Resumed(Scope::All));
    until(&mut world, |world| world.is_pending(is_part));
    world.calm();
    assert_eq!(world.status(1), Status::Done);
    assert_eq!(world.taken, 20 * PART);
}

#[test]
fn a_url_that_storage_refuses_is_signed_again() {
    let mut world = World::new(1);
    one_large(&mut world);
    until(&mut world, |world| world.is_pending(is_part));
    for job in world.pending() {
        world.reply(job, Reply::Denied);
    }
    world.calm();
    assert_eq!(world.status(1), Status::Done);
}

#[test]
fn a_session_that_ended_waits_for_its_owner_and_loses_nothing() {
    let mut world = World::new(1);
    world.add(vec![World::file(1, "a", 1), World::file(2, "big", 9 * PART)]);
    for _ in 0..3 {
        for job in world.pending() {
            world.reply(job, Reply::Denied);
        }
    }
    assert!(world.engine.needs_sign_in());
    let calls = world.calls.len();
    world.pass(600_000);
    assert_eq!(world.calls.len(), calls);
    world.tell(Event::SignedIn);
    world.calm();
    assert_eq!(world.finished.len(), 2);
}

#[test]
fn offline_waits_without_counting_failures() {
    let mut world = World::new(1);
    one_large(&mut world);
    until(&mut world, |world| world.stored_parts() == 3);
    world.tell(Event::Offline);
    for _ in 0..50 {
        for job in world.pending() {
            world.reply(job, Reply::Network);
        }
        world.pass(60_000);
    }
    assert_eq!(world.pending_parts(), 0);
    assert!(!matches!(world.status(1), Status::Failed(_)));
    world.calm();
    assert_eq!(world.status(1), Status::Done);
}

#[test]
fn a_dead_storage_ends_in_a_failure_that_keeps_the_parts_and_a_retry_goes_on() {
    let mut world = World::new(1);
    one_large(&mut world);
    until(&mut world, |world| world.stored_parts() == 5);
    for _ in 0..100 {
        for job in world.pending() {
            world.reply(job, Reply::Network);
        }
        world.pass(60_000);
    }
    assert!(matches!(world.status(1), Status::Failed(failure) if failure.is_outage()));
    assert_eq!(world.stored_parts(), 5);
    world.tell(Event::Retried(Scope::All));
    world.calm();
    assert_eq!(world.status(1), Status::Done);
    assert_eq!(world.taken, 20 * PART);
}

#[test]
fn a_full_disk_ends_an_upload_at_once_and_a_retry_sends_the_rest() {
    let mut world = World::new(1);
    one_large(&mut world);
    until(&mut world, |world| world.stored_parts() == 5);
    // Parts under way at storage, and the signing of further ones at the API.
    for job in world.pending() {
        world.reply(job, Reply::Full);
    }
    assert!(matches!(world.status(1), Status::Failed(failure) if failure.to_string().contains("full")));
    assert_eq!(world.stored_parts(), 5);
    world.tell(Event::Retried(Scope::All));
    world.calm();
    assert_eq!(world.status(1), Status::Done);
    assert_eq!(world.taken, 20 * PART);

    let mut world = World::new(1);
    world.add(vec![World::file(1, "a", 1)]);
    until(&mut world, |world| world.is_pending(is_part));
    for job in world.pending() {
        world.reply(job, Reply::Full);
    }
    assert_eq!(world.status(1), Status::Failed(Failure::StorageFull));
}

#[test]
fn a_transfer_that_hangs_is_broken_off() {
    let mut world = World::new(1);
    world.add(vec![World::file(1, "a", 5)]);
    until(&mut world, |world| world.is_pending(is_part));
    let hanging = world.pending();
    world.pass(46_000);
    assert_ne!(world.pending(), hanging);
    world.calm();
    assert_eq!(world.status(1), Status::Done);
}

#[test]
fn a_taken_name_waits_for_a_choice_while_the_others_go_on() {
    let mut world = World::new(1);
    world.objects.insert("users/ada/a.txt".into(), (99, 0, 7));
    world.add(vec![World::file(1, "a.txt", 5), World::file(2, "b.txt", 5)]);
    world.calm();
    assert!(matches!(world.status(1), Status::Conflict { existing: Some(_) }));
    assert_eq!(world.status(2), Status::Done);
    let choose = |choice| Event::Decided {
        file: FileId(1),
        choice,
        for_all: false,
    };
    world.tell(choose(Choice::KeepBoth));
    world.calm();
    assert_eq!(world.objects["users/ada/a.txt"], (99, 0, 7));
    assert_eq!(world.objects["users/ada/a (1).txt"], (1, 0, 5));
}

/// Stored by another program, with the accent as a character of its own.
#[test]
fn a_name_that_is_taken_in_another_form_is_taken() {
    let (composed, decomposed) = ("users/ada/caf\u{e9}.txt", "users/ada/cafe\u{301}.txt");
    let decide = |choice| {
        let mut world = World::new(1);
        world.objects.insert(decomposed.into(), (99, 0, 7));
        let mut file = World::file(1, "caf\u{e9}.txt", 5);
        file.also_as = vec![decomposed.to_owned()];
        world.add(vec![file]);
        world.calm();
        assert!(matches!(
            world.status(1),
            Status::Conflict { existing: Some(Existing { key: Some(key), .. }) } if key == decomposed
        ));
        world.tell(Event::Decided {
            file: FileId(1),
            choice,
            for_all: false,
        });
        world.calm();
        world
    };
    let world = decide(Choice::Overwrite);
    assert_eq!(world.objects[decomposed], (1, 0, 5));
    assert!(!world.objects.contains_key(composed));
    let world = decide(Choice::KeepBoth);
    assert_eq!(world.objects[decomposed], (99, 0, 7));
    assert_eq!(world.objects["users/ada/caf\u{e9} (1).txt"], (1, 0, 5));
    assert_eq!(decide(Choice::Skip).objects.len(), 1);
}

#[test]
fn keep_both_counts_on_without_asking_again() {
    let mut world = World::new(1);
    for name in ["a.txt", "a (1).txt", "a (2).txt"] {
        world.objects.insert(format!("users/ada/{name}"), (99, 0, 7));
    }
    world.add(vec![World::file(1, "a.txt", 5)]);
    world.calm();
    world.tell(Event::Decided {
        file: FileId(1),
        choice: Choice::KeepBoth,
        for_all: false,
    });
    world.calm();
    assert_eq!(world.objects["users/ada/a (3).txt"], (1, 0, 5));
}

#[test]
fn one_choice_can_be_for_all() {
    let mut world = World::new(1);
    for id in 1..=40 {
        world.objects.insert(format!("users/ada/{id}"), (99, 0, 7));
    }
    world.add((1..=40).map(|id| World::file(id, &id.to_string(), 5)).collect());
    world.calm();
    assert_eq!(world.engine.totals(world.now).conflicts, 40);
    world.tell(Event::Decided {
        file: FileId(7),
        choice: Choice::Overwrite,
        for_all: true,
    });
    world.calm();
    assert!((1..=40).all(|id| world.objects[&format!("users/ada/{id}")] == (id, 0, 5)));
}

#[test]
fn skipping_changes_nothing() {
    let mut world = World::new(1);
    world.objects.insert("users/ada/a".into(), (99, 0, 7));
    world.add(vec![World::file(1, "a", 5)]);
    world.calm();
    world.tell(Event::Decided {
        file: FileId(1),
        choice: Choice::Skip,
        for_all: true,
    });
    assert_eq!(world.status(1), Status::Skipped);
    assert_eq!(world.objects["users/ada/a"], (99, 0, 7));
}

#[test]
fn the_same_bytes_are_not_sent_again() {
    let mut world = World::new(1);
    world.objects.insert("users/ada/a".into(), (1, 0, 5));
    world.add(vec![World::file(1, "a", 5)]);
    world.calm();
    assert_eq!(world.status(1), Status::Done);
    assert_eq!(world.taken, 0);
}

#[test]
fn a_put_whose_answer_was_lost_is_no_conflict_with_itself() {
    let mut world = World::new(1);
    world.add(vec![World::file(1, "a", 5)]);
    until(&mut world, |world| world.is_pending(is_part));
    let job = world.pending()[0];
    world.reply(job, Reply::LostAnswer);
    world.calm();
    assert_eq!(world.status(1), Status::Done);
}

/// A file that is to replace another, with its PUT on the way.
fn replacing() -> World {
    let mut world = World::new(1);
    world.objects.insert("users/ada/a".into(), (99, 0, 7));
    world.add(vec![World::file(1, "a", 5)]);
    world.calm();
    world.tell(Event::Decided {
        file: FileId(1),
        choice: Choice::Overwrite,
        for_all: false,
    });
    until(&mut world, |world| world.is_pending(is_part));
    world
}

#[test]
fn a_replacement_whose_answer_was_lost_is_stored_once() {
    let mut world = replacing();
    let job = world.pending()[0];
    world.reply(job, Reply::LostAnswer);
    world.calm();
    assert_eq!(world.status(1), Status::Done);
    assert_eq!(world.written["users/ada/a"], 1);
}

#[test]
fn a_replacement_that_was_overtaken_is_planned_again() {
    for there in [Some((98, 0, 7)), None] {
        let mut world = replacing();
        match there {
            Some(other) => world.objects.insert("users/ada/a".into(), other),
            None => world.objects.remove("users/ada/a"),
        };
        let calls = world.calls.len();
        world.calm();
        assert_eq!(world.status(1), Status::Done);
        assert_eq!(world.objects["users/ada/a"], (1, 0, 5));
        assert_eq!(world.calls.len(), calls + 1);
    }
}

#[test]
fn another_writer_who_is_quicker_is_not_overwritten() {
    let mut world = World::new(1);
    world.add(vec![World::file(1, "a", 5), World::file(2, "big", 6 * PART)]);
    until(&mut world, |world| world.stored_parts() > 2);
    for name in ["a", "big"] {
        world.objects.insert(format!("users/ada/{name}"), (99, 0, 7));
    }
    world.calm();
    assert!(matches!(world.status(2), Status::Conflict { existing: None }));
    assert_eq!(world.objects["users/ada/big"], (99, 0, 7));
    let taken = world.taken;
    world.tell(Event::Decided {
        file: FileId(2),
        choice: Choice::Overwrite,
        for_all: false,
    });
    world.calm();
    assert_eq!(world.objects["users/ada/big"], (2, 0, 6 * PART));
    assert_eq!(world.taken, taken, "no byte was sent again");
}

#[test]
fn a_file_that_cannot_be_read_fails_alone() {
    let mut world = World::new(1);
    world.add(vec![World::file(1, "a", 5), World::file(2, "b", 5)]);
    let job = world.pending()[0];
    world.reply(job, Reply::Unreadable);
    world.calm();
    assert_eq!(world.status(1), Status::Failed(Failure::Unreadable));
    assert_eq!(world.status(2), Status::Done);
}

#[test]
fn too_many_requests_are_waited_out() {
    let mut world = World::new(1);
    world.add(vec![World::file(1, "a", 5)]);
    until(&mut world, |world| !world.calls.is_empty());
    let job = world.pending()[0];
    world.reply(job, Reply::TooMany);
    world.pass(4_900);
    assert_eq!(world.calls.len(), 1);
    world.pass(200);
    assert_eq!(world.calls.len(), 2);
}

#[test]
fn an_upload_that_storage_lost_begins_anew() {
    let mut world = World::new(1);
    one_large(&mut world);
    until(&mut world, |world| world.stored_parts() == 3);
    world.lose_uploads();
    world.calm();
    assert_eq!(world.status(1), Status::Done);
    assert_eq!(world.records.len(), 0);
}

#[test]
fn a_bucket_that_hides_etags_is_asked_for_them() {
    let mut world = World::new(1);
    world.hides_etag = true;
    one_large(&mut world);
    world.calm();
    assert_eq!(world.status(1), Status::Done);
    assert_eq!(world.taken, 20 * PART);
}

#[test]
fn speed_and_time_left_come_from_what_was_seen() {
    let mut world = World::new(1);
    world.add(vec![World::file(1, "big", 64 * PART)]);
    until(&mut world, |world| world.pending_parts() == 5);
    for _ in 0..20 {
        world.pass(500);
        let part = world.pending_where(is_part)[0];
        world.reply(part, Reply::Well);
        while let Some(other) = world.pending_where(|effect| !is_part(effect)).first() {
            world.reply(*other, Reply::Well);
        }
    }
    let totals = world.engine.totals(world.now);
    #[expect(clippy::cast_precision_loss, reason = "a test of an estimate")]
    let expected = 2.0 * PART as f64;
    let speed = totals.speed.unwrap();
    assert!((expected * 0.5..expected * 1.6).contains(&speed), "{speed}");
    assert!(totals.seconds_left.unwrap() > 1.0);
    assert!(totals.size == 64 * 8 * MIB);
}

fn completions(world: &World) -> Vec<JobId> {
    world.pending_where(|effect| {
        matches!(
            effect,
            Effect::Call {
                request: Request::Complete(_),
                ..
            }
        )
    })
}

#[test]
fn what_goes_wrong_at_the_end_is_said_as_it_is_and_soon() {
    let mut world = World::new(1);
    one_large(&mut world);
    until(&mut world, |world| !completions(world).is_empty());
    let (began, taken) = (world.now, world.taken);
    while let Some(completion) = completions(&world).first() {
        world.reply(*completion, Reply::Broken);
        world.pass(5_000);
    }
    let Status::Failed(failure) = world.status(1) else {
        panic!("{:?}", world.status(1));
    };
    assert_eq!(
        failure.to_string(),
        "Storage refused the upload (InvalidRequest)."
    );
    assert!(failure.advice().contains("Retry"));
    assert!(world.now - began <= 30_000, "{}", world.now - began);
    // Nothing is sent again when it works after all.
    world.tell(Event::Retried(Scope::All));
    world.calm();
    assert_eq!(world.status(1), Status::Done);
    assert_eq!(world.taken, taken);
}

#[test]
fn parts_that_storage_lists_without_checksums_are_known_by_their_etags() {
    let mut world = World::new(1);
    world.hides_checksums = true;
    one_large(&mut world);
    until(&mut world, |world| !completions(world).is_empty());
    let completion = completions(&world)[0];
    world.reply(completion, Reply::Refused);
    world.calm();
    assert_eq!(world.status(1), Status::Done);
    assert_eq!(world.taken, 20 * PART);
}
