//! Whatever happens in whatever order: no file is lost, nothing is put together wrong (the world objects), and when
//! the failures stop everything comes to an end.

use proptest::prelude::*;

use super::{
    super::{Choice, Event, FileId, Scope, Status},
    world::{MIB, PART, Reply, World},
};

#[derive(Clone, Copy, Debug)]
enum Step {
    Reply { which: usize, reply: Reply },
    Pass(u64),
    Pause(Option<u32>),
    Resume(Option<u32>),
    Cancel(u32),
    Retry,
    Decide(u32, Choice, bool),
    Offline,
    Online,
    SignIn,
    Reload(u64),
    LoseUploads,
    Intruder(u32),
}

fn reply() -> impl Strategy<Value = Reply> {
    prop_oneof![
        12 => Just(Reply::Well),
        2 => Just(Reply::LostAnswer),
        2 => Just(Reply::Network),
        2 => Just(Reply::Failing),
        1 => Just(Reply::Broken),
        1 => Just(Reply::Denied),
        1 => Just(Reply::Gone),
        1 => Just(Reply::TooMany),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let id = 0_u32..8;
    let choice = prop_oneof![
        Just(Choice::Skip),
        Just(Choice::Overwrite),
        Just(Choice::KeepBoth)
    ];
    prop_oneof![
        40 => (any::<usize>(), reply()).prop_map(|(which, reply)| Step::Reply { which, reply }),
        4 => prop_oneof![0_u64..2_000, 0_u64..2_000_000].prop_map(Step::Pass),
        1 => proptest::option::of(id.clone()).prop_map(Step::Pause),
        2 => proptest::option::of(id.clone()).prop_map(Step::Resume),
        1 => id.clone().prop_map(Step::Cancel),
        1 => Just(Step::Retry),
        1 => (id.clone(), choice, any::<bool>()).prop_map(|(id, choice, all)| Step::Decide(id, choice, all)),
        1 => Just(Step::Offline),
        2 => Just(Step::Online),
        2 => Just(Step::SignIn),
        1 => any::<u64>().prop_map(Step::Reload),
        1 => Just(Step::LoseUploads),
        1 => id.prop_map(Step::Intruder),
    ]
}

fn scope(id: Option<u32>) -> Scope {
    id.map_or(Scope::All, |id| Scope::One(FileId(id)))
}

fn apply(world: &mut World, step: Step) {
    match step {
        Step::Reply { which, reply } => {
            let pending = world.pending();
            if !pending.is_empty() {
                world.now += 3;
                world.reply(pending[which % pending.len()], reply);
            }
        }
        Step::Pass(by) => world.pass(by),
        Step::Pause(id) => world.tell(Event::Paused(scope(id))),
        Step::Resume(id) => world.tell(Event::Resumed(scope(id))),
        Step::Cancel(id) => world.tell(Event::Cancelled(scope(Some(id)))),
        Step::Retry => world.tell(Event::Retried(Scope::All)),
        Step::Decide(id, choice, for_all) => world.tell(Event::Decided {
            file: FileId(id),
            choice,
            for_all,
        }),
        Step::Offline => world.tell(Event::Offline),
        Step::Online => world.tell(Event::Online),
        Step::SignIn => world.tell(Event::SignedIn),
        Step::Reload(seed) => world.reload(seed),
        Step::LoseUploads => world.lose_uploads(),
        Step::Intruder(id) => {
            world
                .objects
                .entry(format!("users/ada/{id}"))
                .or_insert((900 + id, 0, 3));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_whatever_happens(
        sizes in proptest::collection::vec(prop_oneof![
            Just(0), 1_u64..32 * MIB, Just(32 * MIB), Just(32 * MIB + 1), 33 * MIB..200 * MIB, Just(6 * PART)
        ], 1..8),
        steps in proptest::collection::vec(step(), 0..250),
        seed in any::<u64>(),
    ) {
        let mut world = World::new(seed);
        let count = sizes.len();
        world.add(sizes.iter().zip(0..).map(|(size, id)| World::file(id, &id.to_string(), *size)).collect());
        for step in steps {
            apply(&mut world, step);
            prop_assert!(world.engine.files().count() <= count);
        }
        // The weather clears: somebody resumes, decides and retries whatever stands still.
        for _ in 0..3 {
            world.tell(Event::Resumed(Scope::All));
            world.calm();
            world.tell(Event::Decided { file: FileId(0), choice: Choice::Overwrite, for_all: true });
            world.tell(Event::Retried(Scope::All));
            world.calm();
        }
        for (id, file) in world.engine.files() {
            let status = file.status(world.now);
            prop_assert!(matches!(status, Status::Done | Status::Skipped | Status::Cancelled), "{id:?} {status:?}");
            let progress = world.engine.progress(id);
            if status == Status::Done {
                prop_assert_eq!(progress.sent, progress.size);
                let object = world.objects.get(&file.info().key);
                prop_assert_eq!(object, Some(&(id.0, 0, progress.size)));
            }
        }
        prop_assert!(world.records.is_empty(), "{:?}", world.records);
        prop_assert!(world.busiest_minute() <= 60, "{} calls in a minute", world.busiest_minute());
        prop_assert!(!world.engine.is_busy());
    }
}
