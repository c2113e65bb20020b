package dev.sluice.samples.harvest

import dev.sluice.coroutines.workQueue
import dev.sluice.samples.harvest.server.ApiServer
import dev.sluice.samples.harvest.server.World
import dev.sluice.samples.terminal.Interruptible
import kotlinx.coroutines.cancelChildren
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.job
import kotlinx.coroutines.runBlocking
import picocli.CommandLine.Command
import picocli.CommandLine.Mixin
import picocli.CommandLine.Model.CommandSpec
import picocli.CommandLine.Option
import picocli.CommandLine.ParameterException
import picocli.CommandLine.Spec
import java.net.http.HttpClient
import java.util.concurrent.Callable

/** The command that shows a queue: Pyot's own example of one, in Kotlin. */
@Command(
    name = "pull-puuids",
    description = [
        "Prints the PUUIDs of all summoners in some leagues, by way of a queue, from a server started for the purpose.",
        "",
    ],
    sortOptions = false,
)
internal class PullPuuids : Callable<Int> {
    @Option(
        names = ["--league"],
        paramLabel = "NAME",
        arity = "1..*",
        description = ["Which leagues. Default: challenger and master."],
    )
    private var leagues: List<String> = listOf("challenger", "master")

    @Mixin
    private lateinit var server: ServerOptions

    @Spec
    private lateinit var spec: CommandSpec

    override fun call(): Int {
        leagues.find { it !in World.LEAGUES }?.let {
            val rule = "--league must be one of ${World.LEAGUES.joinToString()}, but was $it"
            throw ParameterException(spec.commandLine(), rule)
        }
        val options = server.checked(0)
        return Interruptible.call { ApiServer.start(options).use { run(it) } }
    }

    private fun run(server: ApiServer): Int {
        val limits = Limits(48, this.server.quota(), this.server.period(), 512)
        val puuids =
            runBlocking {
                val api = CoroutineApi(server.uri(), "sample", limits, Wire(), HttpClient.newHttpClient(), this)
                api.pullPuuids(leagues).also { coroutineContext.job.cancelChildren() }
            }
        puuids.forEach(spec.commandLine().out::println)
        return 0
    }
}

/** Puts what is known, joins, puts what came of it, and joins again. */
internal suspend fun CoroutineApi.pullPuuids(leagues: List<String>): List<String> {
    val pages = start().pages().toList().filter { it.league() in leagues }
    val summoners =
        workQueue {
            putAll(pages) { page(it).summoners() }
            join()
        }
    return workQueue {
        putAll(summoners.flatten()) { summoner(it).puuid() }
        join()
    }
}
