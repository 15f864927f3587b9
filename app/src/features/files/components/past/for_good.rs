//! Asks before something is deleted for good.

use leptos::prelude::*;

use crate::{
    features::files::{
        changes::DeleteRequest,
        client,
        effects::FileEffect,
        model::transfer::{capital, things},
        queued::{Told, use_file_jobs},
    },
    rest::retry_when_throttled,
    ui::{Button, Dialog, FailureAlert, Variant},
};

/// Deletes deleted files for good, by a job.
#[component]
pub fn ForGoodDialog(
    /// `None` for all deleted files of the folder.
    keys: Option<Vec<String>>,
    /// The folder that they were deleted from.
    folder: String,
    #[prop(into)] on_close: Callback<()>,
) -> impl IntoView {
    let jobs = use_file_jobs();
    let busy = RwSignal::new(false);
    let failure = RwSignal::new(None::<String>);
    let things = keys
        .as_deref()
        .map_or_else(|| "all deleted files".to_owned(), things);
    let title = format!("Delete {things} for good?");
    let state = StoredValue::new((keys, folder, things));
    let delete = move |_| {
        busy.set(true);
        failure.set(None);
        let (keys, folder, things) = state.get_value();
        leptos::task::spawn_local(async move {
            let request = DeleteRequest {
                prefixes: if keys.is_none() {
                    vec![folder.clone()]
                } else {
                    Vec::new()
                },
                keys: keys.unwrap_or_default(),
                permanent: true,
                // A file that was restored or written anew meanwhile stays.
                deleted_only: true,
                ..DeleteRequest::default()
            };
            let answer = retry_when_throttled(async || client::delete(&request).await, || ()).await;
            busy.try_set(false);
            match answer {
                Ok(queued) => {
                    let told = Told {
                        title: format!("Delete {things} for good"),
                        done: format!("{} deleted for good.", capital(&things)),
                        effect: FileEffect::changed([folder.clone()]),
                        touched: vec![folder],
                        ..Told::default()
                    };
                    jobs.follow(queued.job_id, told);
                    if !busy.is_disposed() {
                        on_close.run(());
                    }
                }
                Err(error) => {
                    failure.try_set(Some(format!("Nothing was deleted. {error}")));
                }
            }
        });
    };
    view! {
        <Dialog title on_close>
            <p>"All their versions are deleted, and the space is free. Nobody can bring them back."</p>
            <FailureAlert failure />
            <div class="dialog-actions">
                <Button on_press=move |_| on_close.run(())>"Cancel"</Button>
                <Button variant=Variant::Danger busy=busy on_press=delete>
                    "Delete for good"
                </Button>
            </div>
        </Dialog>
    }
}
