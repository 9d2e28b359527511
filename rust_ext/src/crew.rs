//! Threads that help: kept from call to call, joined by the calling thread, waited for only if they came.
//!
//! On a busy machine a helper may wake up late. The caller has then done all the work, shuts the door and
//! leaves: to ask for help costs little even where none comes.

use std::collections::VecDeque;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// How often the caller looks whether the last helper has left before it goes to sleep: some ten microseconds.
const LOOKS: usize = 400;

/// How often a helper looks for the next job before it goes to sleep: some fifty microseconds, in which a loop
/// that draws has called again, while to wake a thread up takes as long.
const LINGERS: usize = 1_000;

/// Added to the helpers inside when nobody else may enter: more than there can be.
const SHUT: usize = usize::MAX / 2 + 1;

/// Helpers, as many as have ever been asked for at once; they wait for ever.
#[derive(Default)]
pub struct Crew {
    helpers: Mutex<usize>,
    board: Arc<Board>,
}

/// Where a job is posted, once for each helper that is wanted.
#[derive(Default)]
struct Board {
    posts: Mutex<VecDeque<Arc<Job>>>,
    posted: Condvar,
    /// How many jobs there have been; changed with the lock on `posts`.
    jobs: AtomicUsize,
}

/// Work that helpers may join while its door is open.
struct Job {
    work: *const (dyn Fn(bool) + Sync),
    /// How many helpers are inside, plus `SHUT`.
    inside: AtomicUsize,
    panicked: AtomicBool,
    sleep: Mutex<()>,
    left: Condvar,
}

// SAFETY: all fields but `work` may be shared by themselves, and what `work` points to is `Sync`. It is only
// used in `Job::help`, which proves that it is still there.
unsafe impl Send for Job {}
unsafe impl Sync for Job {}

impl Crew {
    /// Have the calling thread and up to `threads` − 1 helpers do `work`, each once and all at the same time;
    /// it is told whether a helper does it.
    /// Returns when all have ended who have begun.
    ///
    /// # Panics
    /// Where `work` panics, in whatever thread.
    pub fn run(&self, threads: usize, work: &(dyn Fn(bool) + Sync)) {
        if threads <= 1 {
            return work(false);
        }
        // SAFETY: only the lifetime changes. `Job::help` uses the reference between entering and leaving;
        // this function does not end, by return or by panic, before `Shut` has shut the door and seen the
        // last helper leave.
        let work =
            unsafe { std::mem::transmute::<&(dyn Fn(bool) + Sync), &'static (dyn Fn(bool) + Sync)>(work) };
        let job = Arc::new(Job {
            work,
            inside: AtomicUsize::new(0),
            panicked: AtomicBool::new(false),
            sleep: Mutex::new(()),
            left: Condvar::new(),
        });
        let helpers = self.hire(threads - 1);
        self.board.post(&job, helpers);
        let shut = Shut(&job);
        work(false);
        drop(shut);
        locked(&self.board.posts).retain(|other| !Arc::ptr_eq(other, &job));
        assert!(!job.panicked.load(Ordering::Relaxed), "a helping thread panicked");
    }

    /// See to it that there are so many helpers. Returns how many there are of them: fewer where the system
    /// gives no more threads.
    fn hire(&self, wanted: usize) -> usize {
        let mut helpers = locked(&self.helpers);
        while *helpers < wanted {
            let board = Arc::clone(&self.board);
            let name = format!("vecnb-raster-{}", *helpers + 1);
            if thread::Builder::new().name(name).spawn(move || board.serve()).is_err() {
                break;
            }
            *helpers += 1;
        }
        wanted.min(*helpers)
    }
}

impl Board {
    fn post(&self, job: &Arc<Job>, helpers: usize) {
        let mut posts = locked(&self.posts);
        posts.extend((0..helpers).map(|_| Arc::clone(job)));
        self.jobs.fetch_add(1, Ordering::Relaxed);
        drop(posts);
        (0..helpers).for_each(|_| self.posted.notify_one());
    }

    /// The life of a helper.
    fn serve(&self) {
        loop {
            let mut posts = locked(&self.posts);
            let job = loop {
                match posts.pop_front() {
                    Some(job) => break job,
                    None => posts = self.posted.wait(posts).unwrap_or_else(PoisonError::into_inner),
                }
            };
            let jobs = self.jobs.load(Ordering::Relaxed);
            drop(posts);
            job.help();
            drop(job);
            let mut looks = 0..LINGERS;
            while looks.next().is_some() && self.jobs.load(Ordering::Relaxed) == jobs {
                std::hint::spin_loop();
            }
        }
    }
}

impl Job {
    fn help(&self) {
        let enter = |inside| (inside < SHUT).then_some(inside + 1);
        if self.inside.fetch_update(Ordering::Acquire, Ordering::Relaxed, enter).is_err() {
            return;
        }
        // SAFETY: the door was open and this thread is counted inside, so that `Crew::run`, whose caller
        // owns the work, waits for the count to fall again.
        let work = unsafe { &*self.work };
        if catch_unwind(AssertUnwindSafe(|| work(true))).is_err() {
            self.panicked.store(true, Ordering::Relaxed);
        }
        if self.inside.fetch_sub(1, Ordering::Release) == SHUT + 1 {
            // With the lock, so that the caller is either not yet looking or already asleep.
            drop(locked(&self.sleep));
            self.left.notify_one();
        }
    }
}

/// Shuts a job's door when it is dropped, and waits until nobody is inside.
struct Shut<'a>(&'a Job);

impl Drop for Shut<'_> {
    fn drop(&mut self) {
        let Job { inside, sleep, left, .. } = self.0;
        inside.fetch_add(SHUT, Ordering::Relaxed);
        let empty = || inside.load(Ordering::Acquire) == SHUT;
        for _ in 0..LOOKS {
            if empty() {
                return;
            }
            std::hint::spin_loop();
        }
        let mut asleep = locked(sleep);
        while !empty() {
            asleep = left.wait(asleep).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// No lock here is held where anything can panic, so a poisoned one is as good as any.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
