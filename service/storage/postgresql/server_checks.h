#pragma once

#include <string_view>

#include "network/deadline.h"
#include "service/storage/postgresql/connection.h"

namespace lottery::postgresql {

/// The number of replicas that a commit waits for with this value of synchronous_standby_names: k
/// for `ANY k (…)` and `FIRST k (…)`, 1 for a plain list, 0 for an empty value.
int replicas_waited_for(std::string_view synchronous_standby_names);

/// Makes commits of this connection wait for their flush, and sets everything else that the ledger
/// relies on in a session. Throws StatementFailed and ConnectionLost.
void set_up_session(Connection& connection, Deadline deadline);

/// Checks that the server keeps what the ledger promises: fsync is on, the database uses UTF-8, the
/// version is 15 or newer, and commits wait for at least `synchronous_replicas` replicas. Returns
/// the number of replicas that they wait for. `connection` must be set up. Throws ServerRefused,
/// StatementFailed and ConnectionLost.
int check_server(Connection& connection, int synchronous_replicas, Deadline deadline);

/// Sends the queue of `connection`, whose last statement commits a write. Returns true if the
/// commit has waited for at least `synchronous_replicas` replicas. False means that it is stored,
/// and may not be replicated: its wait was cancelled, the server's settings have changed, or they
/// could not be read. Throws StatementFailed and ConnectionLost if the commit itself does.
bool finish_durably(Connection& connection, int synchronous_replicas, Deadline deadline);

}  // namespace lottery::postgresql
