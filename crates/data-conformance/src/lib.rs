//! What every store engine must do, one case after the other, so that a function behaves the same on all of them.
//!
//! An engine becomes part of it by one line in `tests/engines`: a [`Stand`] on which it runs, given to [`sql_and_events!`],
//! [`documents!`] or [`keyvalue!`]; one with a server gives a way there that can break to [`sql_over_a_network!`] besides. Each
//! case is a test of its own and gets a stand of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "every function here is a test: it fails by panicking"
)]
#![allow(missing_docs, reason = "a case's name says what it shows")]

pub mod documents;
pub mod events;
pub mod keyvalue;
pub mod proxy;
pub mod random;
pub mod registry;
pub mod shop;
pub mod sql;
pub mod stand;

pub use stand::Stand;

/// Makes a test of each case. The tests have four threads, so that what can happen at once does.
#[doc(hidden)]
#[macro_export]
macro_rules! cases {
    ($stand:expr; $($port:ident :: $module:ident { $($case:ident),* $(,)? })*) => {
        $(mod $module {
            #[allow(unused_imports)]
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $case() {
                    let stand = $stand;
                    $crate::$port::$module::$case(&stand).await;
                }
            )*
        })*
    };
}

/// Every case of `sql` and `events` and of Kontor's own records, for an engine's [`Stand`]. To be called in a module of the engine's name.
#[macro_export]
macro_rules! sql_and_events {
    ($stand:expr) => {
        $crate::cases! { $stand;
            sql::types {
                values_come_back_as_they_went_in,
                the_ends_of_every_range_come_back,
                nothing_comes_back_as_nothing,
                what_does_not_fit_is_refused,
                text_is_compared_byte_by_byte,
            }
            sql::atomicity {
                a_later_statement_reads_what_earlier_ones_wrote,
                a_query_sees_every_commit_acknowledged_before,
                a_guard_that_finds_other_rows_undoes_the_batch,
                a_guard_counts_rows_that_stayed_as_they_were,
                a_broken_key_is_named_as_in_the_migration,
                sixty_four_writers_leave_no_half_batch,
                a_seat_is_sold_once_however_many_want_it,
                a_hot_losing_key_does_not_stop_its_neighbours,
            }
            sql::idempotency {
                a_repeat_gets_the_stored_outcome,
                another_body_under_the_same_key_is_refused,
                a_key_belongs_to_its_operation_and_caller,
                a_failed_batch_leaves_its_key_free,
                a_hundred_duplicates_at_once_have_one_effect,
                a_batch_whose_answer_was_lost_is_safe_to_repeat,
                a_repeat_after_a_restart_is_still_one,
            }
            sql::isolation {
                a_function_reaches_no_other_functions_tables,
                tables_of_one_name_are_two_in_two_functions,
                a_name_that_is_no_functions_is_refused,
            }
            sql::refused {
                only_data_statements_on_own_tables_are_taken,
                a_refused_statement_takes_its_batch_down_and_no_other,
            }
            sql::append_only {
                nobody_changes_a_receipt,
                a_table_that_can_be_changed_is_named,
            }
            sql::limits {
                an_endless_query_ends_and_the_database_goes_on,
                neighbours_of_an_endless_batch_are_done,
                too_much_is_named,
                a_full_queue_is_busy,
            }
            sql::restart {
                what_was_acknowledged_is_there_after_a_restart,
                a_closed_database_says_so,
                the_schema_goes_forward_and_old_versions_run_on,
                a_changed_migration_is_refused_with_both_hashes,
                a_migration_that_fails_can_be_mended,
            }
            sql::model {
                ten_thousand_random_batches_do_what_the_model_does,
            }
            events::delivery {
                one_event_of_a_key_at_a_time_oldest_first,
                events_go_with_their_batch_or_not_at_all,
                only_subscribers_get_an_event_and_each_gets_its_own,
                what_waits_is_counted_for_each_subscriber_with_the_age_of_its_oldest,
                past_the_limit_only_writes_with_events_wait,
                every_event_comes_in_order_whoever_takes_it,
            }
            events::failures {
                a_failed_event_waits_and_counts,
                a_dead_letter_blocks_its_key_alone_until_somebody_decides,
                a_released_event_is_no_failed_try,
                a_lease_runs_out,
                what_a_dead_process_had_leased_is_taken_over,
                a_restart_keeps_events_and_dead_letters,
            }
            registry::tokens {
                a_token_is_kept_once_and_revoked_once,
            }
            registry::deployments {
                the_last_ones_are_kept_with_their_components,
                what_is_to_serve_is_what_was_said_last,
            }
            registry::usage {
                usage_adds_up_and_budgets_are_replaced,
                a_run_begins_once_whoever_asks,
            }
        }
    };
}

/// Every case of `sql` that needs a server to lose, for a [`sql::network::Remote`]. To be called in a module of the engine's
/// name.
#[macro_export]
macro_rules! sql_over_a_network {
    ($remote:expr) => {
        $crate::cases! { $remote;
            sql::network {
                a_server_that_is_away_is_unavailable_and_back_without_a_restart,
                nothing_is_half_done_or_done_twice_when_the_line_is_cut_anywhere,
            }
        }
    };
}

/// Every case of `documents`, for an engine's [`Stand`]. To be called in a module of the engine's name.
#[macro_export]
macro_rules! documents {
    ($stand:expr) => {
        $crate::cases! { $stand;
            documents::writing {
                the_same_content_is_fine_and_another_is_a_conflict,
                one_of_sixty_four_inserts_wins,
                no_replacement_is_lost_among_sixty_four_writers,
                a_stale_version_changes_nothing,
                a_version_from_before_a_deletion_is_stale,
                an_append_only_document_stays,
                every_fault_against_the_schema_is_told,
                what_cannot_be_stored_is_refused,
                the_shard_key_is_there_and_stays,
            }
            documents::finding {
                random_questions_get_the_models_answers,
                pages_hold_every_document_once,
                a_page_ends_at_its_bytes,
                what_no_index_answers_is_not_answered,
            }
            documents::opening {
                what_was_acknowledged_is_there_after_a_restart,
                functions_have_their_own_documents,
                a_path_added_later_finds_older_documents,
                what_must_never_change_is_refused,
            }
        }
    };
}

/// Every case of `keyvalue`, for an engine's [`Stand`]. To be called in a module of the engine's name.
#[macro_export]
macro_rules! keyvalue {
    ($stand:expr) => {
        $crate::cases! { $stand;
            keyvalue::entries {
                a_value_comes_back_byte_by_byte,
                an_entry_is_gone_when_its_time_is_over,
                a_new_value_has_a_new_time,
                what_is_too_large_or_unknown_is_refused,
                buckets_and_functions_are_apart,
                entries_are_there_after_a_restart,
            }
            keyvalue::races {
                one_of_sixty_four_sets_if_absent,
                sixty_four_increments_are_all_counted,
                sixty_four_compare_and_set_lose_nothing,
                what_is_no_integer_is_not_incremented,
            }
            keyvalue::lists {
                keys_come_in_the_order_of_their_bytes,
                pages_hold_every_entry_once,
                random_changes_do_what_the_model_does,
            }
        }
    };
}
