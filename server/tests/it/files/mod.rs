//! Files over REST, with real storage behind it.

mod deleting;
mod isolation;
mod listing;
mod other_programs;
mod outage;
mod reading;
mod searching;
mod seeds;
mod undeleting;
mod versions;
mod writing;
