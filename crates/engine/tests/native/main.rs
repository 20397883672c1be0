//! The engine from outside: sessions with imitated workers, stores with files in memory, rules of file sets.

mod file_rules;
mod made_files;
mod merged_parts;
mod report_runs;
mod session_scripts;
mod worker_stores;
