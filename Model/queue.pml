/*
 * The protocol between the store, the schedule in Redis, the workers and whoever rebuilds the schedule.
 * Checked by Scripts/model; docs/model.md says what is shown, with which bounds, and what is left out.
 *
 * One atomic block is one Lua script or one operation of the store: between two of them anything else may happen.
 * A process that waits does not poll here but blocks, and every fault has a budget. So all runs are finite, unless the
 * protocol itself goes round in circles, and "nothing is stuck" is: every run that can go no further is over.
 */

/* ---- bounds; Scripts/model sets them with -D ---- */
#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef BUILDERS
#define BUILDERS 1      /* 0 is the supervisor of `trawl run`; 1 a `trawl worker` elsewhere, which rebuilds too */
#endif
#ifndef SPLIT
#define SPLIT 0         /* 1: root A may turn out too big, and is cut in two */
#endif
#ifndef POISON
#define POISON 0        /* 1: whoever fetches root B dies of it */
#endif
#ifndef ADOPT
#define ADOPT 0         /* 1: workers take back what they were fetching after a rebuild */
#endif
#ifndef FREEZES
#define FREEZES 1       /* leases that run out although their worker lives */
#endif
#ifndef CRASHES
#define CRASHES 0       /* deaths of a worker or a builder, at any step; another one starts at once */
#endif
#ifndef WIPES
#define WIPES 0         /* FLUSHALL */
#endif
#ifndef ROLLBACKS
#define ROLLBACKS 0     /* Redis comes back as it was at one earlier moment */
#endif
#ifndef LOSSES
#define LOSSES 0        /* one key of the run is deleted */
#endif
#ifndef FAILURES
#define FAILURES 0      /* attempts that end in an error of the API */
#endif
#ifndef DRAINS
#define DRAINS 0        /* attempts that a drain ends */
#endif
#ifndef REQUEUES
#define REQUEUES 0      /* dead shards whose marker the operator removes, between two `trawl run` */
#endif
#ifndef REPEATS
#define REPEATS 0       /* replies that are lost, so that the script is called again */
#endif
#define RECLAIM_CAP 2
#define ATTEMPT_CAP 2
#define EPOCHS 9        /* more rebuilds than the faults can account for: the protocol goes round in circles */

/* Marks a branch that some configuration has to go through: spin's own report of unreached code does not look into
   deterministic steps. Scripts/model fails where one is never seen. */
c_decl {
    static unsigned char seenLines[2000];
    static void seen(int line) { seenLines[line] = 1; }
    __attribute__((destructor)) static void tellSeen(void) {
        for (int line = 0; line < 2000; line++) if (seenLines[line]) printf("seen %d\n", line);
    }
}
#define SEEN c_code { seen(__LINE__); }

/* ---- shards: roots A and B, children A1 and A2 of A ---- */
#define A 0
#define B 1
#define A1 2
#define A2 3
#if SPLIT
#define SHARDS 4
#else
#define SHARDS 2
#endif
#define TOKENS 15
#define BIT(n) (1 << (n))
#define HAS(set, n) (((set) >> (n)) & 1)

/* ---- the store: outcomes and markers are created once ---- */
#define NONE 0
#define PART 1
#define CUT 2
byte out[SHARDS];           /* out/<shard>.json */
byte outToken[SHARDS];      /* the token in it, and in the name of its part */
short parts[SHARDS];        /* parts/<shard>.<token>: set of tokens */
byte marked;                /* dead/<shard>.1.json: set of shards */
byte epochs;                /* the highest of epoch/<n> */
byte firstOut[SHARDS];      /* ghost: the outcome that was there first */
byte firstToken[SHARDS];
byte wanted;                /* ghost: shards the operator wants tried again, and that were not yet */

/* ---- Redis: the run's keys ---- */
#define ABSENT 0
#define PENDING 1
#define LEASED 2
#define DELAYED 3
#define DEAD 4
#define DONE 5
typedef Keys {
    byte epoch;             /* meta; 0: there is none */
    byte pending;           /* both lists; their order is left out: claim takes any */
    byte leases;
    byte delayed;
    byte dead;
    byte states[SHARDS];
    byte tokens[SHARDS];    /* 0: none */
    byte attempts[SHARDS];
    byte reclaims[SHARDS];
    byte staged;            /* builders whose staged keys are there */
    byte buried;            /* ghost: shards that had a marker when the schedule's ledger was read */
    byte seq                /* used by one mutant only */
}
Keys r;
Keys old;                   /* what a rollback brings back */
bool oldTaken;

/* ---- workers: one shard at a time each ---- */
#define JOIN 0
#define CLAIM 1
#define MARK 2
#define CHECK 3
#define WALK 4
#define COMMIT_PART 5
#define COMMIT_CUT 6
#define DISCARD 7
#define FINISH 8
#define RETRY 9
#define RELEASE 10
#define BURY 11
#define BURIED 12
#define POPPED 13           /* in one mutant only */
byte at[WORKERS];
byte epoch[WORKERS];
byte shard[WORKERS];
byte token[WORKERS];        /* 0: holds nothing */
byte poisoned[WORKERS];     /* shards it has to write markers for */

/* ---- builders ---- */
#define START 0
#define LOOK 1
#define RECORD 2
#define LEDGER 3
#define BUMP 4
#define STAGE 5
#define SWAP 6
byte doing[BUILDERS];
byte attached[BUILDERS];    /* epoch of the schedule it joined or built; 0: none */
byte building[BUILDERS];    /* epoch it is about to install */
byte owed[BUILDERS];
byte spared[BUILDERS];      /* shards that were dead without a marker when it joined */
byte knownDead[BUILDERS];   /* ghost: markers at the moment of the ledger */

/* ---- how the run ends, and what may still go wrong ---- */
#define COMPLETE 1
#define GAVE_UP 2
byte over;
byte freezes = FREEZES, crashes = CRASHES, wipes = WIPES, rollbacks = ROLLBACKS, losses = LOSSES;
byte failures = FAILURES, drains = DRAINS, requeues = REQUEUES, repeats = REPEATS;
/* Scratch: set and used within one deterministic step, so no part of the state. */
hidden byte i, j, found, fresh;

#define OPEN (r.pending | r.leases | r.delayed)
#define STALE(w) (r.epoch != epoch[w])      /* is_stale in run.lua */

#define HOLDS(w, s) (token[w] != 0 && token[w] == r.tokens[s] && shard[w] == s && epoch[w] == r.epoch)
#if WORKERS == 1
#define HOLDERS(s) (HOLDS(0, s))
#elif WORKERS == 2
#define HOLDERS(s) (HOLDS(0, s) + HOLDS(1, s))
#else
#define HOLDERS(s) (HOLDS(0, s) + HOLDS(1, s) + HOLDS(2, s))
#endif
/* Deadlines are left out: the lease of a worker that is gone may run out at any time, that of one that lives as often
   as there are freezes. A supervisor's reclaim.lua is the former, at once. */
#define EXPIRES(s) (HAS(r.leases, s) && (freezes > 0 || HOLDERS(s) == 0))
#if SPLIT
#define ANY_EXPIRES (EXPIRES(A) || EXPIRES(B) || EXPIRES(A1) || EXPIRES(A2))
#define CHILDREN_DONE (out[A1] == PART && out[A2] == PART)
#else
#define ANY_EXPIRES (EXPIRES(A) || EXPIRES(B))
#define CHILDREN_DONE false
#endif
#ifdef MUTANT_NO_REAP
#undef ANY_EXPIRES
#define ANY_EXPIRES false
#endif
#ifdef MUTANT_CHILDREN_PUSHED_AGAIN
#define MAY_PUSH(s) true
#define NOTHING_TO_FINISH(s) false
#else
#define MAY_PUSH(s) (r.states[s] == ABSENT)
#define NOTHING_TO_FINISH(s) (r.states[s] == ABSENT || r.states[s] == DONE)
#endif
#ifdef MUTANT_RETRY_WITHOUT_TOKEN
#define IS_MINE(w, s) (r.states[s] == LEASED)
#else
#define IS_MINE(w, s) (r.tokens[s] == token[w])
#endif
#define EVERY_LEAF_HAS_ITS_PART (out[B] == PART && (out[A] == PART || (out[A] == CUT && CHILDREN_DONE)))

/* ================= what must hold after every step ================= */

inline check() {
    for (i : 0 .. SHARDS - 1) {
        /* An outcome never changes. */
        if
        :: firstOut[i] == NONE -> firstOut[i] = out[i]; firstToken[i] = outToken[i]
        :: else -> assert(firstOut[i] == out[i] && firstToken[i] == outToken[i])
        fi;
        /* The part that an outcome names is there. */
        assert(out[i] != PART || HAS(parts[i], outToken[i]));
        /* Parent split xor part: nothing of a child counts unless its parent is cut. */
        assert(i < A1 || out[i] == NONE || out[A] == CUT);
        /* What the schedule calls done has its outcome. */
        assert(r.states[i] != DONE || out[i] != NONE);
        /* A lease has one holder at most. */
        assert(HOLDERS(i) <= 1);
#if LOSSES == 0
        /* `states` and the places agree: every shard of the schedule is in exactly one place. */
        assert(HAS(r.pending, i) == (r.states[i] == PENDING));
        assert(HAS(r.leases, i) == (r.states[i] == LEASED));
        assert(HAS(r.leases, i) == (r.tokens[i] != 0));
        assert(HAS(r.delayed, i) == (r.states[i] == DELAYED));
        assert(HAS(r.dead, i) == (r.states[i] == DEAD));
#endif
    }
    /* A run that was declared complete is complete, and stays so. */
    assert(over != COMPLETE || EVERY_LEAF_HAS_ITS_PART)
}

/* ================= run.lua ================= */

inline waitInLine(s) {
    assert(!HAS(r.pending, s) || LOSSES > 0);       /* no list holds a shard twice */
    r.pending = r.pending | BIT(s);
    r.states[s] = PENDING
}

inline dropLease(s) {
    r.leases = r.leases & ~BIT(s);
    r.tokens[s] = 0
}

inline bury(s) {
    r.dead = r.dead | BIT(s);
    r.states[s] = DEAD
}

/* A token nobody knows. Names that are forgotten everywhere are used again, which keeps the state space finite. */
inline mint(w) {
#ifdef MUTANT_TOKEN_WITHOUT_RANDOM
    r.seq++;
    fresh = r.seq;
#else
    fresh = 1;
    do
    :: fresh < TOKENS ->
        found = false;
        for (j : 0 .. WORKERS - 1) { found = found || token[j] == fresh }
        for (j : 0 .. SHARDS - 1) {
            found = found || r.tokens[j] == fresh || old.tokens[j] == fresh || outToken[j] == fresh || HAS(parts[j], fresh)
        }
        if
        :: found -> fresh++
        :: else -> break
        fi
    :: else -> break
    od;
#endif
    assert(fresh < TOKENS);
    token[w] = fresh
}

/* Only claim.lua and adopt.lua lease, and only what nobody has. */
inline lease(s, t) {
    assert(!HAS(r.leases, s));
    r.leases = r.leases | BIT(s);
    r.tokens[s] = t;
    r.states[s] = LEASED
}

inline takeBack(w, s) {
    d_step {
        if
        :: HOLDERS(s) > 0 -> freezes--; SEEN
        :: else
        fi;
        dropLease(s);
        if
        :: POISON ->
            r.reclaims[s]++;
            if
            :: r.reclaims[s] >= RECLAIM_CAP -> SEEN; bury(s); poisoned[w] = poisoned[w] | BIT(s)
            :: else -> SEEN; waitInLine(s)
            fi
        :: else -> SEEN; waitInLine(s)
        fi
    }
}

inline promote(s) {
    d_step {
        SEEN;
        r.delayed = r.delayed & ~BIT(s);
        waitInLine(s)
    }
}

/* ================= claim.lua =================
   It reaps what expired, any part of it: deadlines differ. A claim that would change nothing is not made. The memo of a
   repeated claim is left out: without it, a lost reply is a lease without a holder, which runs out. */

inline reapAndPop(w) {
    do
#ifndef MUTANT_NO_REAP
    :: EXPIRES(A) -> takeBack(w, A)
    :: EXPIRES(B) -> takeBack(w, B)
#endif
    :: HAS(r.delayed, A) -> promote(A)
    :: HAS(r.delayed, B) -> promote(B)
#if SPLIT && !defined(MUTANT_NO_REAP)
    :: EXPIRES(A1) -> takeBack(w, A1)
    :: EXPIRES(A2) -> takeBack(w, A2)
#endif
#if SPLIT
    :: HAS(r.delayed, A1) -> promote(A1)
    :: HAS(r.delayed, A2) -> promote(A2)
#endif
    :: r.pending != 0 || poisoned[w] != 0 -> break
    od;
    if
    :: HAS(r.pending, A) -> shard[w] = A
    :: HAS(r.pending, B) -> shard[w] = B
#if SPLIT
    :: HAS(r.pending, A1) -> shard[w] = A1
    :: HAS(r.pending, A2) -> shard[w] = A2
#endif
    :: r.pending == 0 -> shard[w] = SHARDS
    fi
}

inline claim(w) {
    reapAndPop(w);
    d_step {
        if
        :: shard[w] < SHARDS ->
            /* A schedule built after a shard was marked dead does not give it out. */
            assert(!HAS(r.buried, shard[w]));
            wanted = wanted & ~BIT(shard[w]);
            r.pending = r.pending & ~BIT(shard[w]);
#ifdef MUTANT_CLAIM_IN_TWO_STEPS
            at[w] = POPPED
        :: else -> shard[w] = 0; at[w] = CLAIM
        fi
    }
}

inline leasePopped(w) {
    d_step {
        if
        :: true ->
#endif
            mint(w);
            lease(shard[w], token[w]);
            at[w] = CHECK
#ifndef MUTANT_CLAIM_IN_TWO_STEPS
        :: else -> shard[w] = 0; at[w] = CLAIM
#endif
        fi;
        if
        :: poisoned[w] != 0 -> SEEN; at[w] = MARK
        :: else
        fi;
        check()
    }
}

/* ================= finish.lua: no token, because the outcome exists ================= */

inline finish(s) {
    if
    :: NOTHING_TO_FINISH(s) -> SEEN
    :: else ->
        if
        :: r.states[s] == PENDING -> SEEN
        :: r.states[s] == LEASED && HOLDERS(s) == 0 -> SEEN
        :: r.states[s] == DELAYED -> SEEN
        :: r.states[s] == DEAD -> SEEN
        :: else -> SEEN
        fi;
        r.pending = r.pending & ~BIT(s);
        dropLease(s);
        r.delayed = r.delayed & ~BIT(s);
        r.dead = r.dead & ~BIT(s);
        r.attempts[s] = 0;
        r.reclaims[s] = 0;
        r.states[s] = DONE;
#if SPLIT
        if
        :: s == A && out[A] == CUT ->
            for (i : A1 .. A2) {
                if
                :: MAY_PUSH(i) -> SEEN; waitInLine(i)
                :: else
                fi
            }
        :: else
        fi
#endif
    fi
}

/* ================= retry.lua, release.lua: with the token, or nothing ================= */

inline retry(w, s, atOnce) {
    if
    :: IS_MINE(w, s) ->
        assert(HOLDS(w, s));
        dropLease(s);
        r.attempts[s]++;
        if
        :: atOnce -> SEEN; bury(s)
        :: !atOnce && r.attempts[s] >= ATTEMPT_CAP -> SEEN; bury(s)
        :: else -> SEEN; r.delayed = r.delayed | BIT(s); r.states[s] = DELAYED
        fi
    :: else -> SEEN
    fi
}

inline release(w, s) {
    if
    :: IS_MINE(w, s) ->
        assert(HOLDS(w, s));
        dropLease(s);
        SEEN;
        waitInLine(s)
    :: else -> SEEN
    fi
}

/* The attempt ends. Its token is never used again, and a part that no outcome names is counted by nobody. */
inline next(w, where) {
    if
    :: out[shard[w]] == PART && outToken[shard[w]] == token[w]
    :: else -> parts[shard[w]] = parts[shard[w]] & ~BIT(token[w])
    fi;
    shard[w] = 0;
    token[w] = 0;
    at[w] = where
}

/* ================= adopt.lua (designed) =================
   The old token goes on being the shard's, so a repeat finds that it holds. */

inline adopt(w, s) {
    if
#ifdef MUTANT_ADOPT_UNCHECKED
    :: true ->
#else
    :: r.states[s] == PENDING ->
        SEEN;
#endif
        r.pending = r.pending & ~BIT(s);
        lease(s, token[w]);
        epoch[w] = r.epoch
    :: else -> SEEN; next(w, CLAIM)
    fi
}

/* ================= install.lua ================= */

inline forgetKeys(staged_) {
    r.staged = staged_;
    r.epoch = 0;
    r.pending = 0;
    r.leases = 0;
    r.delayed = 0;
    r.dead = 0;
    r.buried = 0;
    for (i : 0 .. SHARDS - 1) {
        r.states[i] = ABSENT;
        r.tokens[i] = 0;
        r.attempts[i] = 0;
        r.reclaims[i] = 0
    }
}

/* The supervisor begins again with Schedule.install, a worker looks again. */
#define AFRESH(b) (b == 0 -> START : LOOK)

#ifdef MUTANT_INSTALL_WITHOUT_FENCE
#define STANDS(new) false
#else
#define STANDS(new) (r.epoch >= new)
#endif

inline install(b) {
    if
    :: STANDS(building[b]) -> SEEN; doing[b] = AFRESH(b)         /* stale: another was quicker */
    :: else ->
        if
        :: !HAS(r.staged, b) -> SEEN; doing[b] = AFRESH(b)      /* incomplete: wiped meanwhile */
        :: else ->
            /* A schedule is only ever replaced by a newer one. */
            assert(r.epoch < building[b]);
            forgetKeys(r.staged & ~BIT(b));
            r.epoch = building[b];
            r.buried = knownDead[b];
            for (i : 0 .. SHARDS - 1) {
                if
                :: HAS(owed[b], i) -> waitInLine(i)
                :: else
                fi
            }
            SEEN;
            attached[b] = building[b];
            spared[b] = 0;
            doing[b] = LOOK
        fi
    fi;
    building[b] = 0;
    owed[b] = 0;
    knownDead[b] = 0
}

/* ================= the store ================= */

/* DirectoryStore.commit: link(2) fails where the name exists. */
#ifdef MUTANT_COMMIT_OVERWRITES
#define IS_FREE(s) true
#else
#define IS_FREE(s) (out[s] == NONE)
#endif

inline createOutcome(w, what) {
    if
    :: IS_FREE(shard[w]) ->
        out[shard[w]] = what;
        outToken[shard[w]] = token[w]
    :: else
    fi
}

#define DEAD_NOW(s) (HAS(marked, s) && out[s] == NONE)
#define OWED_NOW(s) (out[s] == NONE && !HAS(marked, s))
#ifdef MUTANT_LEDGER_FORGETS_THE_DEAD
#define IS_OWED(s) (out[s] == NONE)
#else
#define IS_OWED(s) OWED_NOW(s)
#endif

/* Ledger.init: every leaf of the tree without an outcome and without a marker. */
inline readLedger(b) {
    owed[b] = 0;
    knownDead[b] = 0;
    for (i : 0 .. SHARDS - 1) {
        if
        :: (i < A1 || out[A] == CUT) && IS_OWED(i) -> owed[b] = owed[b] | BIT(i)
        :: else
        fi;
        if
        :: (i < A1 || out[A] == CUT) && DEAD_NOW(i) -> knownDead[b] = knownDead[b] | BIT(i)
        :: else
        fi
    }
}

/* ================= a worker: Worker.swift, ShardFetcher.swift, LeaseKeeper.swift =================
   Page requests, limiter and progress are left out: they change neither store nor schedule. */

/* The script was called. Where its reply is lost, it is called once more. */
inline answered(w, where) {
    if
    :: repeats > 0 -> repeats--
    :: where == CLAIM -> d_step { next(w, CLAIM); check() }
    :: where != CLAIM -> at[w] = where
    fi
}

inline die(w) {
    next(w, JOIN);
    epoch[w] = 0;
    poisoned[w] = 0
}

proctype Worker(byte me) {
end:
    do
    /* WorkerService.serve: joins whatever stands. */
    :: d_step { at[me] == JOIN && r.epoch != 0 && !over ->
        SEEN;
        epoch[me] = r.epoch;
        at[me] = CLAIM
    }
    :: d_step { at[me] == CLAIM && STALE(me) ->
        SEEN;
        epoch[me] = 0;
        at[me] = JOIN
    }
    :: atomic { at[me] == CLAIM && !STALE(me) && (r.pending != 0 || r.delayed != 0 || ANY_EXPIRES) -> claim(me) }

    /* Worker.work: writes the markers of what the claim found poisoned. */
    :: d_step { at[me] == MARK ->
        SEEN;
#ifndef MUTANT_NO_MARKER
        marked = marked | poisoned[me];
#endif
        poisoned[me] = 0;
        SEEN;
        at[me] = (token[me] != 0 -> CHECK : CLAIM);
        check()
    }

    /* ShardFetcher.fetch: is there an outcome already? */
    :: d_step { at[me] == CHECK ->
        SEEN;
        if
#ifndef MUTANT_OUTCOME_NOT_LOOKED_FOR
#ifdef MUTANT_SETTLED_NOT_FINISHED
        :: out[shard[me]] != NONE -> next(me, CLAIM)
#else
        :: out[shard[me]] != NONE -> SEEN; at[me] = FINISH
#endif
#endif
#ifndef MUTANT_MARKER_NOT_LOOKED_FOR
        :: DEAD_NOW(shard[me]) -> at[me] = BURIED
#endif
        :: else -> SEEN; at[me] = WALK
        fi;
        /* What has its outcome is not fetched again. */
        assert(at[me] != WALK || out[shard[me]] == NONE);
        /* Nor is what has its marker. */
        assert(at[me] != WALK || !HAS(marked, shard[me]));
        check()
    }
#ifdef MUTANT_CLAIM_IN_TWO_STEPS
    :: atomic { at[me] == POPPED -> leasePopped(me) }
#endif

    /* The walk ends whole: part and index are closed and synced. */
    :: d_step { at[me] == WALK && !(POISON && shard[me] == B) ->
        SEEN;
#ifdef MUTANT_FINISH_BEFORE_COMMIT
        if
        :: !STALE(me) -> finish(shard[me])
        :: else
        fi;
#endif
#ifndef MUTANT_COMMIT_BEFORE_PART
        parts[shard[me]] = parts[shard[me]] | BIT(token[me]);
#endif
        at[me] = COMMIT_PART;
        check()
    }
    /* Or at a shard that is too big. */
    :: d_step { SPLIT && at[me] == WALK && shard[me] == A -> SEEN; at[me] = COMMIT_CUT }
    /* Or in the death of the worker. */
    :: d_step { POISON && at[me] == WALK && shard[me] == B -> SEEN; die(me); check() }
    /* Or because a beat says that the lease is lost. Where it is the schedule that was lost, adopt is tried first. */
    :: d_step { at[me] == WALK && !HOLDS(me, shard[me]) && !(ADOPT && STALE(me)) -> SEEN; next(me, CLAIM); check() }
    :: d_step { ADOPT && at[me] == WALK && STALE(me) && r.epoch != 0 -> SEEN; adopt(me, shard[me]); check() }
    /* Or with an error that another attempt may not meet, or with one that it will. */
    :: d_step { at[me] == WALK && failures > 0 -> SEEN; failures--; at[me] = RETRY }
    :: d_step { at[me] == WALK && failures > 0 -> SEEN; failures--; at[me] = BURY }
    /* Or by a drain. */
    :: d_step { at[me] == WALK && drains > 0 -> SEEN; drains--; at[me] = RELEASE }

    /* link(2). Who loses sees another's token in the outcome. */
    :: d_step { at[me] == COMMIT_PART ->
        SEEN;
        createOutcome(me, PART);
        SEEN;
        at[me] = (out[shard[me]] == PART && outToken[shard[me]] == token[me] -> FINISH : DISCARD);
        check()
    }
    :: d_step { at[me] == COMMIT_CUT ->
        SEEN;
        if
        :: out[shard[me]] == NONE -> SEEN
        :: out[shard[me]] == PART -> SEEN
        :: else -> SEEN
        fi;
        createOutcome(me, CUT);
        at[me] = FINISH;
        check()
    }
    /* A loser deletes its own part, and tells the schedule what stands all the same. */
    :: d_step { at[me] == DISCARD ->
        SEEN;
#ifdef MUTANT_LOSER_DELETES_BY_SHARD
        parts[shard[me]] = 0;
#else
        parts[shard[me]] = parts[shard[me]] & ~BIT(token[me]);
#endif
        at[me] = FINISH;
        check()
    }
    :: atomic { at[me] == FINISH ->
        d_step {
            if
            :: !STALE(me) -> finish(shard[me])
            :: else -> SEEN
            fi;
            check()
        };
        answered(me, CLAIM)
    }

    /* retry() of the fetcher: what the cap killed gets its marker now. */
    :: atomic { at[me] == RETRY ->
        d_step {
            if
            :: !STALE(me) -> retry(me, shard[me], false)
            :: else -> SEEN
            fi;
            check()
        };
        answered(me, (!STALE(me) && r.states[shard[me]] == DEAD -> BURY : CLAIM))
    }
    /* bury() of the fetcher: the marker first. */
    :: d_step { at[me] == BURY ->
        SEEN;
        marked = marked | BIT(shard[me]);
        at[me] = BURIED;
        check()
    }
    :: atomic { at[me] == BURIED ->
        d_step {
            if
            :: !STALE(me) -> retry(me, shard[me], true)
            :: else -> SEEN
            fi;
            check()
        };
        answered(me, CLAIM)
    }
    :: atomic { at[me] == RELEASE ->
        d_step {
            if
            :: !STALE(me) -> release(me, shard[me])
            :: else -> SEEN
            fi;
            check()
        };
        answered(me, CLAIM)
    }
    od
}

/* ================= who builds schedules: Schedule.swift, Supervisor.swift, WorkerService.swift ================= */

#if SPLIT
/* For a mutant: as many shards are done as the plan has. */
#define ENOUGH_DONE ((r.states[A] == DONE) + (r.states[B] == DONE) + (r.states[A1] == DONE) + (r.states[A2] == DONE) >= 2)
#endif

inline endIfNothingIsOwed(b) {
    readLedger(b);
#ifdef MUTANT_COMPLETE_BY_COUNT
    if
    :: ENOUGH_DONE -> owed[b] = 0; knownDead[b] = 0
    :: else
    fi;
#endif
#ifdef MUTANT_COMPLETE_WHEN_EMPTY
    if
    :: r.epoch != 0 && OPEN == 0 -> owed[b] = 0; knownDead[b] = 0
    :: else
    fi;
#endif
    if
    :: owed[b] == 0 ->
        if
        :: knownDead[b] == 0 -> SEEN; over = COMPLETE
        :: else -> SEEN; over = GAVE_UP
        fi;
        knownDead[b] = 0;
        doing[b] = LOOK
    :: else ->
        owed[b] = 0;
        knownDead[b] = 0
    fi
}

#ifdef MUTANT_COMPLETE_BY_COUNT
#define NEEDS_A_LOOK (r.epoch == 0 || OPEN == 0 || ENOUGH_DONE)
#elif defined(MUTANT_WIPE_NOT_NOTICED)
#define NEEDS_A_LOOK (r.epoch != 0 && OPEN == 0)
#elif defined(MUTANT_EMPTY_NOT_RECONCILED)
#define NEEDS_A_LOOK (r.epoch == 0 || (OPEN == 0 && out[A] != NONE && out[B] != NONE))
#else
#define NEEDS_A_LOOK (r.epoch == 0 || OPEN == 0)
#endif

proctype Builder(byte me) {
end:
    do
    /* RunCommand.fetch and Schedule.install: ends, joins or builds. A worker elsewhere only looks. */
    :: d_step { doing[me] == START && !over && (me == 0 || r.epoch != 0) ->
        SEEN;
        endIfNothingIsOwed(me);
        if
        :: over -> doing[me] = LOOK
        :: !over && me > 0 -> doing[me] = LOOK
        :: !over && me == 0 && r.epoch == epochs && OPEN != 0 -> 
            attached[me] = r.epoch;
            SEEN;
#ifndef MUTANT_REQUEUED_NOT_SPARED
            spared[me] = r.dead & ~marked;
#endif
            doing[me] = LOOK
        :: else -> doing[me] = LEDGER
        fi;
        check()
    }
    /* Supervisor.look, WorkerService.settleIdle: no schedule, or an empty one. Only the store says whether that is the
       end. */
    :: d_step { doing[me] == LOOK && !over && NEEDS_A_LOOK ->
        SEEN;
        if
        :: r.epoch != 0 -> endIfNothingIsOwed(me)
        :: else
        fi;
        if
        :: !over -> doing[me] = (me == 0 -> RECORD : LEDGER)
        :: else
        fi;
        check()
    }
    /* recordDead: markers that nobody lived to write. */
    :: d_step { doing[me] == RECORD ->
        SEEN;
        if
        :: r.epoch != 0 && r.epoch == attached[me] ->
            for (i : 0 .. SHARDS - 1) {
                if
                :: HAS(r.dead, i) && out[i] == NONE && !HAS(spared[me], i) ->
                    /* What the operator wants tried again is tried before it is dead again. */
                    assert(!HAS(wanted, i));
                    SEEN;
                    marked = marked | BIT(i)
                :: else
                fi
            }
        :: else
        fi;
        doing[me] = LEDGER;
        check()
    }
    :: d_step { doing[me] == LEDGER ->
        SEEN;
        readLedger(me);
        doing[me] = BUMP
    }
    /* bumpEpoch: created once, so it is this builder's alone. */
    :: d_step { doing[me] == BUMP ->
        SEEN;
        epochs++;
        assert(epochs < EPOCHS);
        building[me] = epochs;
        doing[me] = STAGE
    }
    /* RunInstaller: the schedule is built beside the one that stands, and takes its place in one script. */
    :: d_step { doing[me] == STAGE ->
        SEEN;
        r.staged = r.staged | BIT(me);
        doing[me] = SWAP
    }
    :: d_step { doing[me] == SWAP -> SEEN; install(me); check() }
    od
}

/* ================= what goes wrong ================= */

inline builderDies(b) {
    doing[b] = START;
    attached[b] = 0;
    building[b] = 0;
    spared[b] = 0;
    owed[b] = 0;
    knownDead[b] = 0
}

inline copy(to, from) {
    to.epoch = from.epoch;
    to.pending = from.pending;
    to.leases = from.leases;
    to.delayed = from.delayed;
    to.dead = from.dead;
    to.staged = from.staged;
    to.buried = from.buried;
    to.seq = from.seq;
    for (i : 0 .. SHARDS - 1) {
        to.states[i] = from.states[i];
        to.tokens[i] = from.tokens[i];
        to.attempts[i] = from.attempts[i];
        to.reclaims[i] = from.reclaims[i]
    }
}

#if WORKERS == 1
#define NO_ATTEMPT(set) TRIES_NOT(0, set)
#elif WORKERS == 2
#define NO_ATTEMPT(set) (TRIES_NOT(0, set) && TRIES_NOT(1, set))
#else
#define NO_ATTEMPT(set) (TRIES_NOT(0, set) && TRIES_NOT(1, set) && TRIES_NOT(2, set))
#endif
#define TRIES_NOT(w, set) (token[w] == 0 || !HAS(set, shard[w]))

proctype Misfortune() {
end:
    do
    :: atomic { crashes > 0 && !over ->
        crashes--;
        if
        :: at[0] > JOIN -> d_step { die(0); check() }
#if WORKERS > 1
        :: at[1] > JOIN -> d_step { die(1); check() }
#endif
#if WORKERS > 2
        :: at[2] > JOIN -> d_step { die(2); check() }
#endif
        :: doing[0] > START -> d_step { builderDies(0) }
#if BUILDERS == 2
        :: doing[1] > START -> d_step { builderDies(1) }
#endif
        fi
    }
    :: d_step { wipes > 0 && r.epoch != 0 && !over -> SEEN; wipes--; forgetKeys(0); check() }
    :: d_step { rollbacks > 0 && !oldTaken && !over -> SEEN; copy(old, r); oldTaken = true }
    :: d_step { rollbacks > 0 && oldTaken && !over -> SEEN; rollbacks--; copy(r, old); check() }
    :: atomic { losses > 0 && r.epoch != 0 && !over ->
        losses--;
        if
        :: d_step { SEEN; r.epoch = 0 }
        :: d_step { SEEN; r.pending = 0 }
        :: d_step { SEEN; r.leases = 0 }
        :: d_step { SEEN; r.delayed = 0 }
        :: d_step { SEEN; r.dead = 0 }
        :: d_step { SEEN; for (i : 0 .. SHARDS - 1) { r.states[i] = ABSENT }; check() }
        :: d_step { SEEN; for (i : 0 .. SHARDS - 1) { r.tokens[i] = 0 }; check() }
        fi
    }
    /* As docs/store.md has it: remove the marker, run again. */
    :: d_step { requeues > 0 && (doing[0] == START || over == GAVE_UP) && marked != 0 && NO_ATTEMPT(marked) ->
        SEEN;
        requeues--;
        SEEN;
        over = 0;
        builderDies(0);
        wanted = marked;
        marked = 0;
        check()
    }
    /* Nothing else can happen any more: then the run is over, and no shard is stuck. */
    :: timeout -> d_step {
        assert(over);
        check()
    };
        break
    od
}

init {
    byte who;
    atomic {
        for (who : 0 .. WORKERS - 1) { run Worker(who) }
        for (who : 0 .. BUILDERS - 1) { run Builder(who) }
        run Misfortune()
    }
}
