/// Benchmarks of the kernels, in JMH. Start with [dev.mokume.bench.KernelReport]; after `mvn
/// package`:
///
/// ```
/// java -cp 'mokume-bench/target/classes:mokume-bench/target/lib/*' dev.mokume.bench.KernelReport [pattern]
/// ```
@NullMarked
package dev.mokume.bench;

import org.jspecify.annotations.NullMarked;
