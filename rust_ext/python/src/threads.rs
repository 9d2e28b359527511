//! The tasks of a rendering, shared out between the calling thread and helpers.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::pool::ThreadPool;

/// Run all tasks, on the calling thread and, if a pool is given, up to `helpers` of its threads. Before each task of
/// its own the calling thread asks `check`; at the first error all of them stop.
///
/// `run_task` does a task, with memory that the tasks of one thread share.
pub fn run<Task: Send, Memory: Default, E>(
    tasks: impl DoubleEndedIterator<Item = Task> + Send,
    run_task: impl Fn(Task, &mut Memory) + Sync,
    pool: Option<&ThreadPool>,
    helpers: usize,
    mut check: impl FnMut() -> Result<(), E>,
) -> Result<(), E> {
    let (tasks, stopped) = (Mutex::new(tasks), AtomicBool::new(false));
    // No thread panics while it holds the lock.
    let lock = || tasks.lock().unwrap_or_else(PoisonError::into_inner);
    // Helpers begin at the end: the pixels of the next batch, which often lie in the same memory, then tend to be
    // in the cache of the core that writes them.
    let help = || {
        let mut memory = Memory::default();
        while !stopped.load(Ordering::Relaxed) {
            let Some(task) = lock().next_back() else { return };
            run_task(task, &mut memory);
        }
    };
    let mut work = || {
        let mut memory = Memory::default();
        loop {
            if let Err(error) = check() {
                stopped.store(true, Ordering::Relaxed);
                return Err(error);
            }
            let Some(task) = lock().next() else { return Ok(()) };
            run_task(task, &mut memory);
        }
    };
    match pool {
        Some(pool) => pool.run(helpers, &help, &mut work),
        None => work(),
    }
}
