//! An upload that an earlier page left unfinished.

use leptos::prelude::*;

use super::words;
use crate::{
    features::uploads::{board::Unfinished, board::use_board, engine::FileProgress},
    format,
    ui::{Button, Icon, IconButton, Progress, icon::Name},
};

#[component]
pub fn UnfinishedRowView(upload: Unfinished) -> impl IntoView {
    let board = use_board();
    let Unfinished {
        upload_id,
        name,
        size,
        stored,
        can_reopen,
    } = upload;
    let progress = FileProgress {
        sent: stored.unwrap_or(0),
        size,
    };
    let text = match stored {
        Some(_) => format!(
            "Unfinished at {} of {}",
            words::percent(progress),
            format::bytes(size)
        ),
        None => format!("Unfinished · {}", format::bytes(size)),
    };
    let name = format::visible(&name).into_owned();
    let (discarded, discard) = (upload_id.clone(), format!("Discard {name}"));
    view! {
        <li class="upload" data-state="unfinished">
            <span class="upload-icon">
                <Icon name=Name::File />
            </span>
            <div class="upload-text">
                <span class="upload-name" title=name.clone()>
                    <bdi>{name.clone()}</bdi>
                </span>
                <span class="upload-status">{text}</span>
                {stored
                    .map(|_| {
                        view! { <Progress label=format!("Uploaded of {name}") fraction=Some(progress.fraction()) /> }
                    })}
                <div class="upload-choice">
                    <Button on_press=move |_| board.go_on(&upload_id)>
                        {if can_reopen { "Go on" } else { "Choose the file to go on" }}
                    </Button>
                </div>
            </div>
            <div class="upload-commands">
                <IconButton icon=Name::Trash label=discard on_press=move |_| board.discard(&discarded) />
            </div>
        </li>
    }
}
