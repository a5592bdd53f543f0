"""What can go wrong with a run, done for real: each test names the fault and says what is on disk and what a person sees.

Every fault and where it is tested; what needs no process and no page is tested beside the module it is about. `make test` runs all of
them, some of them small (fewer kills, a smaller log); `make faults` runs those here in full.

| fault | tests |
|---|---|
| the trainer is killed at any moment | `test_a_trainer_killed_again_and_again_ends_as_if_it_had_never_been`, |
| | `test_the_same_is_learned_whatever_is_shown_and_after_a_kill` |
| the process of a sweep is killed at any moment, or at any write | |
| | `test_a_sweep_whose_process_is_killed_loses_no_trial_and_runs_none_twice`, |
| | `test_a_sweep_killed_at_any_write_ends_as_if_it_had_never_been`, |
| | `test_a_small_sweep_of_cartpole_is_killed_resumed_and_finished` |
| a run of a sweep dies, fails, is stopped or deleted | `test_a_run_that_ends_badly_is_a_failed_trial_and_not_the_end`, |
| | `test_a_trainer_that_dies_goes_on_and_one_that_always_dies_fails_its_trial_alone` |
| a sweep is deleted while it runs, or its disk is full | |
| | `test_a_study_that_is_deleted_while_it_runs_leaves_its_runs_stopped`, |
| | `test_on_a_full_disk_it_says_so_and_goes_on_when_there_is_room` |
| the trainer is killed while its environments are in processes | |
| | `test_none_outlives_a_trainer_that_is_killed_and_the_run_goes_on_exactly` |
| an environment in a process fails, or its process is killed | `test_one_is_drawn_and_what_it_raises_is_said` |
| an environment cannot be brought back after a kill | `test_what_cannot_be_exact_says_so_and_goes_on` |
| a replay buffer is too large for a checkpoint | |
| | `test_a_large_replay_buffer_is_kept_in_part_and_learning_goes_on` |
| a log is cut off at any byte | `test_a_log_cut_anywhere_gives_its_whole_rows_and_nothing_else`, |
| | `test_a_snapshot_cut_anywhere_is_not_shown` |
| a document is cut off at any byte | `test_a_control_file_cut_anywhere_is_refused_whole`, `test_a_status_cut_anywhere_is_refused`, |
| | `test_a_config_cut_anywhere_is_refused`, `test_damaged_metadata_is_refused_and_the_run_named`, `test_a_damaged_recording_is_refused`, |
| | `test_a_document_cut_anywhere_is_refused`, `test_every_page_stands_when_a_file_is_cut_anywhere` |
| a checkpoint or a model is cut off at any byte | |
| | `test_a_checkpoint_cut_at_any_byte_or_with_a_flipped_bit_is_passed_over_for_the_older_one`, |
| | `test_a_model_cut_at_any_byte_or_with_a_flipped_bit_is_not_loaded` |
| a recorded game is damaged, of other rules or does not fit the board | `test_a_flipped_bit_in_the_moves_is_noticed`, |
| | `test_a_recording_of_other_rules_is_refused_in_a_sentence`, `test_a_replay_that_ends_differently_is_refused_in_a_sentence`, |
| | `test_a_recording_that_does_not_fit_the_game_is_refused_in_a_sentence`, |
| | `test_a_network_that_does_not_fit_is_refused_in_a_sentence`, |
| | `test_a_damaged_recording_is_told_on_the_page_and_another_can_be_chosen` |
| the program that writes a film is none, ends too early or never reads | |
| | `test_an_ffmpeg_that_does_not_work_is_named_with_its_fault`, |
| | `test_an_ffmpeg_that_gets_no_further_is_ended_and_said_to_be`, `test_one_on_the_path_that_never_answers_is_ended_too` |
| a recorded game is dropped, or its run deleted, while it is shown | |
| | `test_a_recording_that_is_dropped_while_it_is_read_is_told`, `test_a_run_deleted_while_it_is_shown_is_told` |
| a player that is watched cannot play, is killed, or nobody looks | `test_who_cannot_play_is_told_in_a_sentence`, |
| | `test_two_models_of_different_boards_are_refused`, `test_players_that_were_killed_have_ended`, |
| | `test_it_ends_when_nobody_looks_any_more`, |
| | `test_a_new_watch_deletes_what_killed_players_have_left_but_none_that_lives` |
| a log of another program is damaged anywhere, and imported | |
| | `test_whatever_is_damaged_a_file_is_read_or_refused_in_one_sentence` |
| an import is killed in a write, or its follower | `test_an_import_that_was_killed_in_a_write_is_mended`, |
| | `test_a_follower_that_was_killed_leaves_an_imported_run` |
| a bit in a log is flipped | `test_a_flipped_bit_never_costs_more_than_the_lines_it_joins`, |
| | `test_a_flipped_bit_in_the_middle_of_a_log_costs_its_row_and_is_reported` |
| rows are appended after a torn tail | `test_a_process_killed_in_a_write_costs_the_next_one_no_row`, |
| | `test_a_torn_tail_on_a_full_disk_is_ended_when_there_is_room` |
| the disk is full | `test_on_a_full_disk_training_goes_on_says_so_and_catches_up_when_there_is_room`, |
| | `test_a_run_stopped_on_a_full_disk_says_from_where_it_goes_on_and_is_resumed_when_there_is_room`, |
| | `test_a_status_that_cannot_be_replaced_is_written_over_and_says_why`, `test_rows_that_were_lost_on_a_full_disk_are_counted` |
| the run directory or the folder of runs is read-only | |
| | `test_in_a_folder_that_became_read_only_training_goes_on_and_says_so`, `test_in_a_read_only_folder_of_runs_none_is_made` |
| no file descriptor is free | `test_a_trainer_without_a_free_file_descriptor_trains_on_says_so_and_catches_up`, |
| | `test_an_app_without_a_free_file_descriptor_calls_no_run_crashed` |
| the run directory is deleted | `test_a_trainer_whose_run_was_deleted_ends_and_does_not_bring_it_back`, |
| | `test_a_run_deleted_while_it_is_shown_is_said_on_every_page`, `test_a_run_that_is_being_deleted_gets_no_new_lock` |
| the run directory is moved | `test_a_run_moved_while_it_is_trained_is_stopped_and_can_go_on_from_its_new_place` |
| what a click asks for meets a full disk, a folder in a file's place or a run that ended meanwhile | |
| | `test_a_press_that_a_full_disk_refuses_is_said_and_the_next_one_works`, |
| | `test_a_control_file_of_a_watch_that_became_a_folder_is_said`, |
| | `test_a_watch_that_was_deleted_before_a_press_has_ended`, |
| | `test_a_refused_command_is_said_until_the_next_one_or_another_run`, |
| | `test_what_one_run_of_several_refuses_is_said_until_something_else_is_done`, |
| | `test_a_run_that_ended_while_the_dialog_was_open_is_said_to_have`, |
| | `test_a_run_that_is_gone_before_it_is_deleted_is_said_to_be` |
| `control.json` is empty, corrupt, huge, deeply nested, of the future, of wrong types, NaN | |
| | `test_a_real_trainer_keeps_its_course_through_every_bad_control_file`, |
| | `test_what_is_no_control_document_is_refused_with_a_reason`, |
| | `test_a_bad_file_changes_nothing_and_is_said_once`, `test_a_corrupt_control_file_is_said_and_the_controls_still_work` |
| a lock file is deleted while it is held | `test_a_run_whose_lock_file_is_deleted_is_still_trained_by_one_trainer_alone`, |
| | `test_a_control_lock_deleted_while_it_is_held_leaves_a_whole_control_file`, |
| | `test_of_two_trainers_the_one_whose_lock_file_was_deleted_gives_way` |
| the holder of a lock stands still | `test_a_lock_holder_that_stands_still_costs_a_click_a_message_and_nothing_else` |
| a file is read while it is replaced | `test_a_reader_sees_whole_documents_only`, |
| | `test_a_reader_beside_swaps_always_finds_a_whole_folder`, |
| | `test_a_reader_beside_the_trainer_never_meets_half_a_status`, |
| | `test_a_reader_never_takes_half_of_a_status_that_is_written_over`, `test_a_reader_beside_a_writer_sees_every_row_once_and_in_order` |
| the app is killed and started again | `test_training_outlives_the_app_and_a_new_app_finds_it_again` |
| a trainer dies before its first status | |
| | `test_a_child_that_dies_before_its_first_status_has_failed_at_once_and_its_last_words_are_shown`, |
| | `test_a_resumed_run_whose_trainer_dies_at_once_keeps_its_files_and_says_why` |
| a trainer cannot import what it needs | `test_an_import_error_in_the_child_is_shown_with_what_it_wrote` |
| a trainer ignores a stop | `test_sigterm_comes_after_5_s_and_sigkill_10_s_after_it`, |
| | `test_a_deaf_trainer_is_ended_although_no_page_is_drawn_after_the_click`, |
| | `test_a_stop_that_a_page_has_seen_is_carried_through_although_it_is_never_drawn_again` |
| the machine sleeps, or no page is open, while a stop is carried through | |
| | `test_a_gap_between_two_looks_never_brings_sigkill_first`, |
| | `test_a_clock_that_runs_backwards_gives_the_trainer_more_time_not_less`, |
| | `test_a_later_trainer_of_the_run_gets_its_own_sigterm_first`, |
| | `test_a_stop_is_followed_to_its_end_by_one_thread_though_nobody_looks` |
| the process of the queue is killed, also between the start of a run and its removal | |
| | `test_a_queue_whose_process_is_killed_loses_no_run_and_trains_none_twice`, |
| | `test_a_process_killed_between_start_and_removal_starts_nothing_twice`, |
| | `test_a_process_killed_there_does_not_begin_again_with_a_run_that_somebody_has_stopped_since` |
| two editors of the queue at once, a damaged one, a full disk | |
| | `test_many_editors_at_once_lose_nothing`, `test_acts_of_two_pages_compose_as_none_of_them_writes_a_list_that_it_has_read_before`, |
| | `test_a_file_that_is_damaged_anywhere_is_told_in_one_sentence_and_stays_as_it_is`, |
| | `test_a_full_disk_and_a_lock_that_is_held_are_told_and_change_nothing`, |
| | `test_a_run_that_cannot_be_started_lets_others_pass_and_is_tried_again` |
| a machine of a cluster is lost, comes back, or stops its trainers | |
| | `test_runs_whose_node_is_lost_go_on_elsewhere_within_a_minute`, |
| | `test_a_lost_node_costs_what_came_after_the_last_checkpoint_and_nothing_more`, |
| | `test_a_node_that_comes_back_ends_what_it_has_and_gives_nothing_of_it`, `test_a_run_that_its_node_stops_goes_on_elsewhere` |
| the process that brings files from a cluster is killed, or the agent of a node | |
| | `test_the_process_here_is_killed_and_begun_anew_and_the_trainer_never_notices`, |
| | `test_a_relay_that_is_begun_anew_goes_on_with_what_was_placed`, |
| | `test_an_agent_that_dies_alone_is_begun_anew_and_its_trainers_never_notice` |
| nobody asks for a trainer on another machine any more | `test_a_trainer_is_no_child_obeys_and_stops_when_nobody_asks_for_it` |
| no cluster at the address, a node of other versions | `test_an_address_where_no_cluster_is_gets_one_sentence`, |
| | `test_a_node_of_other_versions_gets_no_run`, `test_what_differs_is_said_in_one_sentence`, |
| | `test_why_nothing_is_started_is_told_until_a_process_is_at_work` |
| the disk here is full while runs are trained on other machines | |
| | `test_rows_wait_on_their_nodes_while_the_disk_here_is_full`, `test_a_full_disk_here_is_said_and_nothing_is_lost` |
| a file names a process that is none of the run's | |
| | `test_a_status_of_a_stranger_that_names_a_process_brings_it_no_signal`, |
| | `test_another_process_of_the_same_user_is_never_signalled`, `test_a_process_of_another_user_gets_no_signal` |
| a live run is copied | `test_a_stop_of_a_copy_leaves_the_trainer_of_the_original_alone`, |
| | `test_a_copy_made_of_hard_links_is_not_called_alive`, |
| | `test_a_copy_of_a_run_that_is_being_trained_is_called_one_and_can_be_resumed`, |
| | `test_a_copy_that_shares_the_lock_of_a_suspended_trainer_is_explained` |
| a lock cannot be read | `test_a_run_whose_lock_cannot_be_read_is_what_its_status_says` |
| a command's number is absurd | `test_no_number_in_a_file_takes_the_controls_away`, |
| | `test_a_number_far_ahead_is_said_once_and_the_next_command_is_obeyed` |
| a trainer is suspended | `test_a_suspended_trainer_never_looks_crashed_and_goes_on` |
| the run directory is a link | `test_a_run_directory_that_is_a_link_is_refused_and_not_listed` |
| a lock is a link | `test_a_run_whose_lock_is_a_link_is_not_trained_and_the_page_says_why`, |
| | `test_a_command_over_a_lock_that_is_a_link_is_refused` |
| a checkpoint is a link | `test_a_checkpoint_that_is_a_link_is_passed_over_and_without_another_one_nothing_is_lost` |
| names that are hostile to paths | `test_any_name_becomes_a_folder_that_is_safe_on_every_file_system`, |
| | `test_an_unknown_run_is_refused_and_the_newest_are_named`, `test_a_name_that_is_no_folder_everywhere_is_refused` |
| names that are hostile to HTML and Markdown | `test_a_hostile_name_is_only_text`, `test_markdown_in_a_name_is_disarmed`, |
| | `test_what_streamlit_replaces_after_markdown_is_broken_up`, `test_arrays_travel_as_base64_and_names_are_never_markup` |
| a model with a hostile pickle | `test_a_model_that_is_not_ours_is_played_only_if_the_user_says_so_and_never_unpickled`, |
| | `test_a_model_whose_weights_are_code_is_refused_even_if_its_hash_fits`, |
| | `test_a_fork_and_a_resumed_run_never_unpickle_a_model`, `test_a_model_that_unpacks_to_more_than_the_memory_is_refused`, |
| | `test_the_app_shows_and_hands_out_a_hostile_model_and_never_opens_it` |
| the run of a model is deleted | `test_a_model_of_a_deleted_run_is_gone_and_the_run_does_not_come_back`, |
| | `test_a_model_of_a_deleted_run_gives_way_to_the_reason`, `test_a_model_that_is_gone_or_another_at_the_click_is_explained`, |
| | `test_a_bundle_that_was_cancelled_or_whose_run_is_deleted_is_not_made` |
| two want one name for a model | `test_a_name_that_is_taken_is_refused_and_nothing_is_overwritten`, |
| | `test_a_deleted_model_whose_name_was_given_away_waits_in_the_trash` |
| a bundle is cut off at any byte, damaged or no bundle | `test_a_bundle_cut_at_any_byte_is_refused`, |
| | `test_a_damaged_bundle_is_refused_and_the_damaged_file_named`, `test_what_is_no_bundle_is_refused`, |
| | `test_an_encrypted_bundle_is_refused`, `test_a_file_that_is_no_bundle_is_refused_before_anything_is_started` |
| a bundle is of a newer version | `test_a_bundle_of_a_newer_version_is_refused_by_its_version_whatever_else_it_holds` |
| a bundle is a zip bomb | `test_a_zip_bomb_is_refused_before_it_is_unpacked`, `test_a_zip_bomb_that_lies_about_its_size_is_cut_off` |
| names in a bundle that lead elsewhere | `test_a_bundle_with_a_strange_name_in_it_is_refused`, |
| | `test_a_bundle_with_one_file_twice_is_refused` |
| a bundle with a hostile pickle | `test_a_hostile_pickle_in_a_bundle_never_reaches_the_disk_and_is_never_loaded` |
| a model's observations do not fit the board | `test_observations_that_do_not_fit_the_board_are_refused`, |
| | `test_a_model_with_other_observations_is_not_evaluated` |
| the settings in a bundle are wrong | `test_a_bundle_whose_descriptions_are_wrong_is_refused` |
| the disk is full at an import or a copy | `test_an_import_that_is_cancelled_or_cannot_be_written_leaves_nothing`, |
| | `test_on_a_full_disk_a_copy_leaves_nothing_behind`, `test_on_a_full_disk_the_old_report_stays`, |
| | `test_work_goes_on_when_the_disk_is_full` |
| background work is killed, or the app is restarted meanwhile | |
| | `test_an_evaluation_that_is_killed_is_said_and_another_one_can_be_started`, |
| | `test_an_app_that_was_restarted_finds_an_evaluation_again_and_cancels_it`, |
| | `test_work_whose_folder_is_deleted_gives_up_and_writes_nothing_into_another_jobs`,
| | `test_only_the_process_that_works_on_the_job_is_cancelled`, `test_a_damaged_job_is_lost_and_can_be_put_away` |
| the cache of a log is gone, damaged, of another log or cannot be written | |
| | `test_a_cache_that_is_gone_or_damaged_changes_nothing`, `test_the_cache_of_another_log_is_not_used`, |
| | `test_a_log_that_was_cut_and_went_on_is_read_anew`, `test_where_no_cache_can_be_written_nothing_is_missing` |
| a name in a run is a link, a hard link, a FIFO or a folder | |
| | `test_whatever_a_name_is_nothing_outside_the_run_is_changed`, |
| | `test_a_stranger_s_run_is_resumed_or_refused_and_nothing_outside_it_is_changed`, |
| | `test_a_log_that_is_not_read_is_told_in_a_sentence`, |
| | `test_a_control_file_that_became_a_fifo_neither_stops_training_nor_holds_up_a_signal` |
| the same beside the runs: of background work, watched games, the queue and deleted runs | |
| | `test_whatever_a_name_beside_the_runs_is_nothing_else_is_changed`, `test_these_acts_do_what_they_are_for` |
| a file of 8 GB that takes no space | `test_a_file_of_eight_gigabytes_costs_no_memory`, |
| | `test_a_file_of_eight_gigabytes_beside_the_runs_costs_no_memory` |
| values that no run can have, in any field of any document | `test_whatever_a_field_holds_all_runs_are_shown`, |
| | `test_a_page_draws_all_runs_among_those_of_strangers`, |
| | `test_a_run_that_breaks_what_reads_it_takes_no_other_from_a_list` |
| numbers that no trainer writes, in a checkpoint, a recording or a model | |
| | `test_an_array_of_a_checkpoint_that_holds_what_no_trainer_writes_is_refused`, |
| | `test_a_checkpoint_without_one_of_its_arrays_is_refused`, |
| | `test_a_field_of_a_game_that_is_out_of_its_range_is_refused_by_name`, |
| | `test_of_pieces_that_are_dealt_without_a_bag_there_is_none`, |
| | `test_a_board_with_a_full_row_is_refused`, |
| | `test_placements_observations_and_colours_are_those_of_the_board`, |
| | `test_a_move_that_is_none_is_refused`, |
| | `test_a_number_of_a_checkpoint_that_is_out_of_its_range_is_refused`, |
| | `test_what_is_no_state_is_refused`, |
| | `test_a_checkpoint_of_another_step_than_its_manifest_says_is_refused`, |
| | `test_an_optimiser_whose_memory_does_not_fit_its_weights_is_refused`, |
| | `test_how_the_optimiser_works_is_not_taken_from_a_file`, |
| | `test_a_network_that_was_being_evaluated_must_fit_the_game`, |
| | `test_a_run_with_a_stranger_s_numbers_fails_in_a_sentence`, |
| | `test_a_model_of_a_game_that_there_is_not_is_refused_in_a_sentence`, |
| | `test_a_model_whose_layers_do_not_follow_each_other_is_refused`, |
| | `test_a_recording_of_a_board_that_there_is_not_is_refused_in_a_sentence`, |
| | `test_weights_that_do_not_fit_end_the_program_with_one_sentence` |
| a log has names or numbers that no trainer has written | `test_a_page_shows_the_run_and_says_what_it_left_out`, |
| | `test_an_export_holds_what_can_be_read`, `test_a_log_in_which_every_row_has_a_name_of_its_own_stays_small_in_memory` |
| a metrics file of 1 GB | `test_of_a_huge_log_a_refresh_reads_only_what_is_new_and_the_memory_stays_flat` |
| a page is left while it is redrawn slowly | `test_a_click_on_an_evaluation_always_opens_its_games`, |
| | `test_open_in_live_always_opens_the_live_page`, `test_starting_a_run_from_another_page_always_opens_the_live_page`, |
| | `test_a_click_on_a_part_of_the_page_that_is_being_left_empties_nothing`, |
| | `test_a_search_typed_while_the_page_is_drawn_empties_nothing` |
| two hours of refreshes | `test_two_hours_of_refreshes_reach_a_plateau_of_memory` |
"""
