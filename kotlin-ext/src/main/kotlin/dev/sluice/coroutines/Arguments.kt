@file:JvmSynthetic

package dev.sluice.coroutines

internal fun requireAtLeast(
    least: Int,
    name: String,
    value: Int,
) = require(value >= least) { "$name must be >= $least, but was $value" }
