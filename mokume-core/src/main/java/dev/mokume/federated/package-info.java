/// The models of many clients made one, as federated learning does after each round: which clients
/// there are, which cannot take part, and the recipe that merges the others. Start with
/// [OpenClients].
@NullMarked
package dev.mokume.federated;

import org.jspecify.annotations.NullMarked;
