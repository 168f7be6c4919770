
/*
 * What refusals and hedges say, of the commonest languages; in small letters,
 * English contractions written out.  Phrases are of words:
 *
 *   ^        a sentence begins
 *   word     this one; wor+ one that begins so
 *   a|b|c    one of these
 *   ~        up to four words of those that say nothing (really, also ...)
 *   *        up to five words
 *   !word    not this one (and it is not taken)
 *
 * and of languages without blanks, behind "=", pieces of a sentence that
 * follow each other at a little distance: =piece*piece.
 */

#include "air_floor_check.h"


const char *const  air_floor_refusals[] = {

    /* English: "can't" is "cannot", "I'm" is "i am", "won't" "will not" */

    "i|we cannot ~ assist|comply|fulfill|fulfil|discuss|engage|"
        "participate|facilitate|condone|accommodate|advise|endorse",
    "i cannot ~ provide|create|generate|write|produce|answer|continue|"
        "complete|process|respond|support|offer",
    "we cannot ~ provide|process|complete|support ~ your|this|that|the|such",
    "i|we cannot ~ help with|you|in|to|create|make|anyone|people",
    "i|we cannot ~ help ^",
    "i|we cannot ~ do|say|share that|this|it|such|these ^",
    "i|we cannot ~ give|tell|teach|show you",
    "i|we cannot ~ give|share instructions|advice|information|details|"
        "guidance|medical|legal|personal|step|specific",
    "i|we could not ~ assist|comply|help ^|with|you",
    "i|we can no longer ~ help|assist|provide|discuss|continue",
    "i|we am|are unable|not to|able|allowed|permitted|comfortable|willing|"
        "programmed|designed ~ assist|comply|fulfill|fulfil|discuss|engage|"
        "provide|providing|create|creating|generate|generating|write|writing|"
        "produce|answer|answering|continue|complete|process|respond|support|"
        "offer|share|sharing|help|helping|assisting|discussing|participate|"
        "give|do|doing",
    "i|we will not be able to ~ assist|comply|fulfill|help|discuss|provide|"
        "create|generate|write|answer|complete|do",
    "i|we will not ~ assist|comply|help|provide|create|generate|write|"
        "produce|participate|engage|discuss|answer",
    "i|we must|have|need|would|will to|respectfully|politely|have ~ "
        "decline|refuse",
    "i|we must|will|respectfully|politely decline|refuse",
    "i|we decline to",
    "i|we have|need|must|to ~ say no",
    "i|we refuse to ~ help|assist|provide|answer|write|create|do",
    "i|we do not feel comfortable",
    "i|we would not feel comfortable",
    "i|we would rather not ~ discuss|answer|help|provide|write|create|do",
    "i am sorry|afraid !that * cannot|unable help|assist|comply|provide",
    "as an|a ai|artificial|large|language * cannot|unable ~ assist|comply|"
        "provide|help|create|write|generate|discuss|engage|fulfill|answer",
    "against|violate|violates|violating my|our|openai|the|content * "
        "guidelines|policy|policies|programming|principles|values",
    "goes against my * guidelines|programming|principles|policy|values",
    "my guidelines|programming|policies * prevent|prohibit|not",
    "not something|anything i|we cannot|can|am|will ~ help|assist|do|able|"
        "provide|comfortable|willing|prepared|discuss|create|write|support",
    "not appropriate|ethical for me|to * provide|discuss|create|write|"
        "generate|assist|help|answer",
    "not be ~ appropriate|ethical|right|responsible for me|to ~ answer|help|"
        "provide|write|create|discuss|assist|share",
    "your|this|the request|prompt|message|question|input has|was|is|have "
        "been|blocked|rejected|declined|refused|flagged * blocked|rejected|"
        "declined|refused|flagged|filtered|safety|policy|policies",
    "unable to ~ process|fulfill|complete|comply|assist|answer ~ your|the|"
        "with request|question|that|prompt|this",
    "^ ~ cannot assist|comply|help ~ with|you ^",
    "^ sorry * cannot ~ help|assist|do|provide|answer|comply|discuss",

    /* German */

    "ich * kann|darf|werde * nicht ~ helfen|weiterhelfen|beantworten|"
        "erstellen|bereitstellen|unterst\xc3\xbctzen|nachkommen|"
        "erf\xc3\xbcllen|schreiben|behilflich|liefern|anbieten|geben|dienen|"
        "verfassen|mitwirken",
    "kann|darf|werde|k\xc3\xb6nnen ich|wir * nicht|keine|kein * helfen|"
        "weiterhelfen|beantworten|"
        "erstellen|bereitstellen|unterst\xc3\xbctzen|nachkommen|"
        "erf\xc3\xbcllen|schreiben|behilflich|liefern|anbieten|geben|"
        "verfassen|mitwirken|dienen",
    "ich kann|darf|werde * keine|kein|keinen * geben|bereitstellen|"
        "erstellen|schreiben|liefern|anbieten|verfassen|machen",
    "ich|wir bin|sind * nicht * lage|befugt|berechtigt|bereit",
    "ich * muss|m\xc3\xb6""chte * ablehnen",
    "muss ich * ablehnen",
    "ist|w\xc3\xa4re es mir * nicht m\xc3\xb6glich",
    "gegen meine richtlinien|grunds\xc3\xa4tze|prinzipien|vorgaben",

    /* French */

    "je ne peux|puis|pourrai|suis|saurais|souhaite pas|malheureusement|"
        "vous|t'aider|en|vais * aider|r\xc3\xa9pondre|fournir|"
        "cr\xc3\xa9""er|g\xc3\xa9n\xc3\xa9rer|\xc3\xa9""crire|"
        "r\xc3\xa9""diger|assister|satisfaire|donner|mesure|traiter|"
        "participer|produire|proposer|aborder|t'aider|accompagner",
    "je ne peux|puis pas ~ aider|r\xc3\xa9pondre|fournir|cr\xc3\xa9""er|"
        "\xc3\xa9""crire|assister|satisfaire|donner|t'aider",
    "je suis dans l'impossibilit\xc3\xa9|incapable de",
    "je ne suis pas * mesure|autoris\xc3\xa9|habilit\xc3\xa9|programm\xc3\xa9",
    "je dois|pr\xc3\xa9""f\xc3\xa8re * refuser|d\xc3\xa9""cliner",
    "je refuse de",
    "il m'est impossible * de|d'aider",
    "contraire|contre \xc3\xa0|mes * directives|principes|r\xc3\xa8gles",

    /* Spanish */

    "no puedo|podemos|podr\xc3\xa9 * ayudar+|asistir+|proporcionar+|"
        "responder+|crear|generar|escribir|cumplir|ofrecer+|participar|"
        "darte|dar|facilitar+|brindar+|redactar|hacer|colaborar|continuar",
    "no me es posible",
    "no estoy * autorizado|capacitado|dispuesto|condiciones|programado",
    "no soy capaz de",
    "debo|tengo * rechazar|declinar|negarme",
    "va contra|en mis|contra * directrices|principios|normas|"
        "pol\xc3\xadticas",

    /* Italian */

    "non posso|possiamo|potr\xc3\xb2 * aiutar+|assister+|fornir+|"
        "risponder+|creare|generare|scrivere|soddisfare|offrir+|partecipare|"
        "dar+|redigere|farlo|collaborare|proseguire",
    "non sono * grado|autorizzato|programmato|disposto",
    "mi dispiace * non posso|sono",
    "devo rifiutare|declinare",
    "non mi \xc3\xa8 possibile",

    /* Portuguese */

    "n\xc3\xa3o posso|podemos|poderei|consigo * ajud+|fornecer|responder|"
        "criar|gerar|escrever|atender|oferecer|participar|dar|auxiliar|"
        "fazer|discutir|prosseguir|redigir",
    "n\xc3\xa3o estou autorizado|autorizada|programado|apto|disposto",
    "n\xc3\xa3o sou capaz de",
    "n\xc3\xa3o me \xc3\xa9 poss\xc3\xadvel",
    "devo|tenho * recusar",

    /* Dutch */

    "ik kan|mag|zal * niet|geen * helpen|beantwoorden|verstrekken|maken|"
        "schrijven|voldoen|geven|bieden|assisteren|bespreken|meewerken",
    "kan|mag|zal ik * niet|geen * helpen|beantwoorden|verstrekken|maken|"
        "schrijven|voldoen|geven|bieden|bespreken|meewerken",
    "ik ben niet in staat",
    "moet ik weigeren|afwijzen",

    /* Swedish, Danish, Norwegian, Finnish */

    "jag|jeg kan * inte|ikke|tyv\xc3\xa4rr|desv\xc3\xa6rre|dessverre * "
        "hj\xc3\xa4lpa|hj\xc3\xa6lpe|hjelpe|svara|svare|ge|gi|give|skriva|"
        "skrive|skapa|bist\xc3\xa5|tillhandah\xc3\xa5lla|st\xc3\xb6tte",
    "kan jag|jeg * inte|ikke * hj\xc3\xa4lpa|hj\xc3\xa6lpe|hjelpe|svara|"
        "svare|ge|gi|skriva|skrive|bist\xc3\xa5",
    "en voi|pysty|voisi * auttaa|vastata|tarjota|antaa|kirjoittaa|luoda|"
        "tehd\xc3\xa4",

    /* Polish, Czech */

    "nie mog\xc4\x99|mo\xc5\xbc""emy|jestem * pom\xc3\xb3""c|"
        "odpowiedzie\xc4\x87|udzieli\xc4\x87|dostarczy\xc4\x87|"
        "stworzy\xc4\x87|napisa\xc4\x87|spe\xc5\x82ni\xc4\x87|stanie|"
        "pomaga\xc4\x87|wygenerowa\xc4\x87|zrobi\xc4\x87|poda\xc4\x87",
    "musz\xc4\x99 odm\xc3\xb3wi\xc4\x87",
    "nemohu|nem\xc5\xaf\xc5\xbeu|nejsem * pomoci|pomoct|odpov\xc4\x9b"
        "d\xc4\x9bt|poskytnout|vytvo\xc5\x99it|napsat|vyhov\xc4\x9bt|schopen|"
        "schopna",

    /* Russian, Ukrainian, Bulgarian */

    "\xd0\xbd\xd0\xb5 \xd0\xbc\xd0\xbe\xd0\xb3\xd1\x83|"
        "\xd0\xbc\xd0\xbe\xd0\xb6\xd1\x83|\xd0\xbc\xd0\xbe\xd0\xb6\xd0\xb5"
        "\xd0\xbc|\xd1\x81\xd0\xbc\xd0\xbe\xd0\xb3\xd1\x83 * "
        "\xd0\xbf\xd0\xbe\xd0\xbc\xd0\xbe\xd1\x87\xd1\x8c|"
        "\xd0\xbe\xd1\x82\xd0\xb2\xd0\xb5\xd1\x82\xd0\xb8\xd1\x82\xd1\x8c|"
        "\xd0\xbf\xd1\x80\xd0\xb5\xd0\xb4\xd0\xbe\xd1\x81\xd1\x82\xd0\xb0"
        "\xd0\xb2\xd0\xb8\xd1\x82\xd1\x8c|\xd0\xb2\xd1\x8b\xd0\xbf\xd0\xbe"
        "\xd0\xbb\xd0\xbd\xd0\xb8\xd1\x82\xd1\x8c|\xd0\xbd\xd0\xb0\xd0\xbf"
        "\xd0\xb8\xd1\x81\xd0\xb0\xd1\x82\xd1\x8c|\xd0\xb4\xd0\xb0\xd1\x82"
        "\xd1\x8c|\xd1\x81\xd0\xbe\xd0\xb7\xd0\xb4\xd0\xb0\xd1\x82\xd1\x8c|"
        "\xd0\xb4\xd0\xbe\xd0\xbf\xd0\xbe\xd0\xbc\xd0\xbe\xd0\xb3\xd1\x82"
        "\xd0\xb8|\xd0\xb2\xd1\x96\xd0\xb4\xd0\xbf\xd0\xbe\xd0\xb2\xd1\x96"
        "\xd1\x81\xd1\x82\xd0\xb8|\xd0\xbd\xd0\xb0\xd0\xb4\xd0\xb0\xd1\x82"
        "\xd0\xb8|\xd0\xbe\xd0\xb1\xd1\x81\xd1\x83\xd0\xb6\xd0\xb4\xd0\xb0"
        "\xd1\x82\xd1\x8c",
    "\xd0\xbd\xd0\xb5 \xd0\xbc\xd0\xbe\xd0\xb3\xd0\xb0 \xd0\xb4\xd0\xb0 * "
        "\xd0\xbf\xd0\xbe\xd0\xbc\xd0\xbe\xd0\xb3\xd0\xbd\xd0\xb0|"
        "\xd0\xbe\xd1\x82\xd0\xb3\xd0\xbe\xd0\xb2\xd0\xbe\xd1\x80\xd1\x8f",
    "\xd0\xb2\xd1\x8b\xd0\xbd\xd1\x83\xd0\xb6\xd0\xb4\xd0\xb5\xd0\xbd+ "
        "\xd0\xbe\xd1\x82\xd0\xba\xd0\xb0\xd0\xb7\xd0\xb0\xd1\x82\xd1\x8c|"
        "\xd0\xbe\xd1\x82\xd0\xba\xd0\xbb\xd0\xbe\xd0\xbd\xd0\xb8\xd1\x82"
        "\xd1\x8c",

    /* Turkish */

    "yard\xc4\xb1mc\xc4\xb1|yard\xc4\xb1m * olamam|olam\xc4\xb1yorum|edemem|"
        "edemiyorum|olamayaca\xc4\x9f\xc4\xb1m",
    "bu iste\xc4\x9fi|iste\xc4\x9finizi|talebi|talebinizi * yerine "
        "getiremem|getiremiyorum|getiremeyece\xc4\x9fim",

    /* Chinese: "I cannot", "unable to"; provide, help, answer, meet ... */

    "=\xe6\x88\x91\xe6\x97\xa0\xe6\xb3\x95*"
        "\xe6\x8f\x90\xe4\xbe\x9b",
    "=\xe6\x88\x91\xe6\x97\xa0\xe6\xb3\x95*\xe5\x8d\x8f\xe5\x8a\xa9",
    "=\xe6\x88\x91\xe6\x97\xa0\xe6\xb3\x95*\xe5\xb8\xae\xe5\x8a\xa9",
    "=\xe6\x88\x91\xe6\x97\xa0\xe6\xb3\x95*\xe5\x9b\x9e\xe7\xad\x94",
    "=\xe6\x88\x91\xe6\x97\xa0\xe6\xb3\x95*\xe6\xbb\xa1\xe8\xb6\xb3",
    "=\xe6\x97\xa0\xe6\xb3\x95*\xe6\x82\xa8\xe7\x9a\x84\xe8\xaf\xb7\xe6\xb1"
        "\x82",
    "=\xe6\x88\x91\xe4\xb8\x8d\xe8\x83\xbd*\xe6\x8f\x90\xe4\xbe\x9b",
    "=\xe6\x88\x91\xe4\xb8\x8d\xe8\x83\xbd*\xe5\xb8\xae",
    "=\xe6\x88\x91\xe4\xb8\x8d\xe8\x83\xbd*\xe5\x8d\x8f\xe5\x8a\xa9",
    "=\xe6\x88\x91\xe4\xb8\x8d\xe8\x83\xbd*\xe5\x9b\x9e\xe7\xad\x94",
    "=\xe6\x8a\xb1\xe6\xad\x89*\xe6\x97\xa0\xe6\xb3\x95",
    "=\xe6\x8a\xb1\xe6\xad\x89*\xe4\xb8\x8d\xe8\x83\xbd",
    "=\xe5\xbe\x88\xe6\x8a\xb1\xe6\xad\x89*\xe6\x97\xa0\xe6\xb3\x95",

    /* Japanese: cannot help, answer, provide, comply */

    "=\xe3\x81\x8a\xe6\x89\x8b\xe4\xbc\x9d\xe3\x81\x84*\xe3\x81\xa7\xe3\x81"
        "\x8d\xe3\x81\xbe\xe3\x81\x9b\xe3\x82\x93",
    "=\xe3\x81\x8a\xe7\xad\x94\xe3\x81\x88*\xe3\x81\xa7\xe3\x81\x8d\xe3\x81"
        "\xbe\xe3\x81\x9b\xe3\x82\x93",
    "=\xe5\x9b\x9e\xe7\xad\x94*\xe3\x81\xa7\xe3\x81\x8d\xe3\x81\xbe\xe3\x81"
        "\x9b\xe3\x82\x93",
    "=\xe6\x8f\x90\xe4\xbe\x9b*\xe3\x81\xa7\xe3\x81\x8d\xe3\x81\xbe\xe3\x81"
        "\x9b\xe3\x82\x93",
    "=\xe5\xaf\xbe\xe5\xbf\x9c*\xe3\x81\xa7\xe3\x81\x8d\xe3\x81\xbe\xe3\x81"
        "\x9b\xe3\x82\x93",
    "=\xe3\x81\x94\xe8\xa6\x81\xe6\x9c\x9b*\xe3\x81\xa7\xe3\x81\x8d\xe3\x81"
        "\xbe\xe3\x81\x9b\xe3\x82\x93",
    "=\xe3\x81\x8a\xe5\xbf\x9c\xe3\x81\x88*\xe3\x81\xa7\xe3\x81\x8d\xe3\x81"
        "\xbe\xe3\x81\x9b\xe3\x82\x93",
    "=\xe3\x81\xa7\xe3\x81\x8d\xe3\x81\x8b\xe3\x81\xad\xe3\x81\xbe\xe3\x81"
        "\x99",

    /* Korean: cannot help, provide, answer, do */

    "=\xeb\x8f\x84\xec\x99\x80*\xec\x88\x98 \xec\x97\x86",
    "=\xeb\x8f\x84\xec\x9b\x80*\xec\x88\x98 \xec\x97\x86",
    "=\xec\xa0\x9c\xea\xb3\xb5*\xec\x88\x98 \xec\x97\x86",
    "=\xeb\x8b\xb5\xeb\xb3\x80*\xec\x88\x98 \xec\x97\x86",
    "=\xec\x9d\x91\xed\x95\xa0 \xec\x88\x98 \xec\x97\x86",

    /* Arabic: I cannot help, provide, answer */

    "\xd9\x84\xd8\xa7 \xd8\xa3\xd8\xb3\xd8\xaa\xd8\xb7\xd9\x8a\xd8\xb9|"
        "\xd9\x8a\xd9\x85\xd9\x83\xd9\x86\xd9\x86\xd9\x8a * "
        "\xd9\x85\xd8\xb3\xd8\xa7\xd8\xb9\xd8\xaf+|"
        "\xd8\xaa\xd9\x82\xd8\xaf\xd9\x8a\xd9\x85|"
        "\xd8\xa7\xd9\x84\xd8\xa5\xd8\xac\xd8\xa7\xd8\xa8\xd8\xa9|"
        "\xd8\xa7\xd9\x84\xd9\x85\xd8\xb3\xd8\xa7\xd8\xb9\xd8\xaf\xd8\xa9",
    NULL
};


const char *const  air_floor_hedges[] = {

    /* English */

    "as an|a ai|artificial|large",
    "as a language model|ai",
    "i am just|only|merely an|a ai|language|large",
    "i am an ai|artificial * !that",
    "i do not ~ know !what|who|why|how|if|whether|about|you",
    "i do not ~ know how|what|who|why|where|when|whether the|to|this|that|it",
    "i am not ~ sure|certain",
    "i am unsure|uncertain",
    "i am not ~ familiar with",
    "i have no idea|information|knowledge|data|way|access",
    "i do not ~ have * information|knowledge|data|context|details|access|"
        "record|records|way",
    "i cannot ~ access|browse|verify|confirm|determine|find|say|tell for|if|"
        "the|any|real|this|that|whether|with|external|your|enough|live",
    "i could not find * information|answer|anything|reliable|data|details",
    "my knowledge|training ends|cutoff|data|only|is|does|cut",
    "not enough information|context|data|details",
    "insufficient information|context|data",
    "it is not ~ clear|possible from|to|what|which|how|whether",
    "it is unclear|impossible|difficult|hard from|to|what|which|how|whether",
    "cannot be determined|answered|known",
    "hard to say",
    "i would need|have|require more|to|additional information|context|"
        "details|guess",
    "could you please|provide|clarify|give|share * information|context|"
        "details|question|clarify",
    "please provide|share|give more|additional|the|further * details|"
        "context|information|document|text|file",
    "my best guess",
    "i am ~ guessing",
    "i would be guessing",
    "i might|may|could be wrong|mistaken",
    "do not quote me",
    "take this|that with a grain",
    "i think * but i am not|cannot",
    "consult a|with|your * professional|doctor|lawyer|attorney|expert|"
        "physician|advisor",

    /* German */

    "ich wei\xc3\x9f * nicht|leider",
    "wei\xc3\x9f ich * nicht",
    "ich bin mir|nicht * nicht|sicher * sicher|unsicher|^",
    "bin ich * nicht|unsicher * sicher|^",
    "ich bin * unsicher",
    "ich bin ~ nicht ~ sicher !dass",
    "^ keine ahnung",
    "ich bin|als eine|ein|nur|ki * ki|sprachmodell|modell|ki-modell",
    "als ki|k\xc3\xbcnstliche|sprachmodell|ki-sprachmodell",
    "ich habe * keine|keinen informationen|zugriff|zugang|kenntnis|ahnung|"
        "daten|angaben",
    "habe ich * keine|keinen * informationen|zugriff|zugang|kenntnis|daten",
    "mir liegen keine",
    "l\xc3\xa4sst sich * nicht sagen|beantworten|bestimmen|feststellen",
    "kann ich * nicht * sagen|beurteilen|best\xc3\xa4tigen",

    /* French */

    "je ne sais pas",
    "je ne suis pas * s\xc3\xbbr|s\xc3\xbbre|certain|certaine",
    "en tant qu'ia|qu'intelligence|qu'assistant|que mod\xc3\xa8le|ia|"
        "intelligence|virtuel|de",
    "en tant qu'ia|qu'intelligence",
    "je n'ai pas * information+|donn\xc3\xa9""es|acc\xc3\xa8s|"
        "d'informations|connaissance",
    "je n'ai aucune|pas acc\xc3\xa8s|id\xc3\xa9""e|information",
    "il est difficile|impossible de dire|savoir|d\xc3\xa9terminer",

    /* Spanish */

    "no lo s\xc3\xa9",
    "no s\xc3\xa9 ^|con|si|la|exactamente|qui\xc3\xa9n|cu\xc3\xa1l|"
        "cu\xc3\xa1ndo|d\xc3\xb3nde|qu\xc3\xa9|c\xc3\xb3mo",
    "no estoy * seguro|segura",
    "como modelo|una|un|inteligencia|ia * ia|lenguaje|artificial|"
        "inteligencia",
    "no tengo * informaci\xc3\xb3n|acceso|datos|conocimiento|idea",
    "es dif\xc3\xad""cil|imposible decir|saber|determinar",

    /* Italian, Portuguese, Dutch */

    "non lo so",
    "non so ^|se|con|quale|chi",
    "non sono * sicuro|sicura|certo|certa",
    "come|in modello|intelligenza|ia|qualit\xc3\xa0 * linguistico|"
        "linguaggio|artificiale|ia",
    "non ho * informazioni|accesso|dati|idea",
    "n\xc3\xa3o sei",
    "n\xc3\xa3o tenho * certeza|informa\xc3\xa7\xc3\xb5""es|acesso|dados|"
        "ideia",
    "n\xc3\xa3o estou * certo|certa|seguro",
    "como um|uma|modelo * ia|linguagem|intelig\xc3\xaancia|artificial",
    "ik weet * niet|geen",
    "weet ik * niet",
    "ik ben * niet * zeker",
    "als ai|taalmodel",
    "als een ai|taalmodel",
    "ik heb * geen informatie|toegang|gegevens|idee",
    "heb ik * geen informatie|toegang|gegevens|idee",

    /* Swedish, Danish, Norwegian, Polish */

    "jag vet * inte",
    "jeg ved|vet * ikke",
    "jag|jeg \xc3\xa4r|er * inte|ikke * s\xc3\xa4ker|sikker",
    "nie wiem",
    "nie jestem * pewien|pewna|pewny",
    "nie mam * informacji|dost\xc4\x99pu|danych|poj\xc4\x99""cia",

    /* Russian */

    "\xd1\x8f \xd0\xbd\xd0\xb5 \xd0\xb7\xd0\xbd\xd0\xb0\xd1\x8e",
    "^ \xd0\xbd\xd0\xb5 \xd0\xb7\xd0\xbd\xd0\xb0\xd1\x8e",
    "\xd1\x8f \xd0\xbd\xd0\xb5 \xd1\x83\xd0\xb2\xd0\xb5\xd1\x80\xd0\xb5"
        "\xd0\xbd+",
    "\xd0\xba\xd0\xb0\xd0\xba \xd1\x8f\xd0\xb7\xd1\x8b\xd0\xba\xd0\xbe\xd0"
        "\xb2\xd0\xb0\xd1\x8f|\xd0\xb8\xd1\x81\xd0\xba\xd1\x83\xd1\x81\xd1"
        "\x81\xd1\x82\xd0\xb2\xd0\xb5\xd0\xbd\xd0\xbd\xd1\x8b\xd0\xb9|"
        "\xd0\xb8\xd0\xb8",
    "\xd1\x83 \xd0\xbc\xd0\xb5\xd0\xbd\xd1\x8f \xd0\xbd\xd0\xb5\xd1\x82 * "
        "\xd0\xb8\xd0\xbd\xd1\x84\xd0\xbe\xd1\x80\xd0\xbc\xd0\xb0\xd1\x86"
        "\xd0\xb8\xd0\xb8|\xd0\xb4\xd0\xbe\xd1\x81\xd1\x82\xd1\x83\xd0\xbf"
        "\xd0\xb0|\xd0\xb4\xd0\xb0\xd0\xbd\xd0\xbd\xd1\x8b\xd1\x85",

    /* Chinese: does not know, is not sure, is a model, no way to tell */

    "=\xe6\x88\x91\xe4\xb8\x8d\xe7\x9f\xa5\xe9\x81\x93",
    "=\xe6\x88\x91\xe4\xb8\x8d\xe7\xa1\xae\xe5\xae\x9a",
    "=\xe6\x88\x91\xe4\xb8\x8d\xe6\xb8\x85\xe6\xa5\x9a",
    "=\xe4\xbd\x9c\xe4\xb8\xba*\xe8\xaf\xad\xe8\xa8\x80\xe6\xa8\xa1\xe5\x9e"
        "\x8b",
    "=\xe4\xbd\x9c\xe4\xb8\xba*\xe4\xba\xba\xe5\xb7\xa5\xe6\x99\xba\xe8\x83"
        "\xbd",
    "=\xe6\x97\xa0\xe6\xb3\x95\xe7\xa1\xae\xe5\xae\x9a",

    /* Japanese: does not know, is a model; Korean: does not know */

    "=\xe3\x82\x8f\xe3\x81\x8b\xe3\x82\x8a\xe3\x81\xbe\xe3\x81\x9b\xe3\x82"
        "\x93",
    "=\xe5\x88\x86\xe3\x81\x8b\xe3\x82\x8a\xe3\x81\xbe\xe3\x81\x9b\xe3\x82"
        "\x93",
    "=\xe8\xa8\x80\xe8\xaa\x9e\xe3\x83\xa2\xe3\x83\x87\xe3\x83\xab*\xe3\x81"
        "\xa8\xe3\x81\x97\xe3\x81\xa6",
    "=\xec\x9e\x98 \xeb\xaa\xa8\xeb\xa5\xb4\xea\xb2\xa0",
    "=\xed\x99\x95\xec\x8b\xa4\xed\x95\x98\xec\xa7\x80 \xec\x95\x8a",
    NULL
};
